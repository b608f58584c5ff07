/** A series' progress as the text that is stored, and back (docs/market-data.md). Pure. */
import { parseJson } from '../domain/parse-json.ts'
import type { Json } from '../domain/signal.ts'
import type { SignalSeries } from '../domain/signal-series.ts'
import { isMap } from '../formats/codec.ts'
import type { IndicatorState } from '../market/indicator-fold.ts'
import type { StoredFold } from '../ports/fold-store.ts'
import { fromPlainJson, toPlainJson } from './plain-values.ts'
import type { Progress } from './progress.ts'
import type { ToldBar } from './stored-bar.ts'

/** @throws InvalidValueError when an indicator of the user's keeps what could not come back as it was */
export function storedFold(progress: Progress, series: SignalSeries, version: string): StoredFold {
  const { position, firstEnd, lastEnd, told, state } = progress
  const content = JSON.stringify({ told, indicators: state.indicators, own: state.own.map(toPlainJson) })
  return { series, version, position, firstEnd, lastEnd, content }
}

/** Null for one of another version, or whose content is not as it was written: the fold is made again from the log. */
export function progressOf(stored: StoredFold, version: string): Progress | null {
  const content = stored.version === version ? parseJson(stored.content) : null
  if (!isMap(content) || !Array.isArray(content['own']) || !isMap(content['indicators'])) return null
  const { position, firstEnd, lastEnd } = stored
  return {
    position,
    firstEnd,
    lastEnd,
    told: content['told'] as readonly ToldBar[],
    state: {
      indicators: content['indicators'] as unknown as IndicatorState,
      own: (content['own'] as readonly Json[]).map(fromPlainJson),
    },
  }
}

/**
 * What the log may hold of bars that come in windows which overlap: of each bar that was told one signal at one position, whatever
 * else it came with, and nothing beside.
 */
import type { Attributes } from '../../support/simulated-dynamodb/evaluate.ts'
import type { Finding } from './execution-rules.ts'
import type { RulesOfBars } from './rules-of-bars.ts'
import { SIGNAL_SOURCE } from './stage-names.ts'
import { number, text } from './stored.ts'

const ONE_MINUTE = '1Min'

interface KnownBar {
  readonly close: number
  /** Of its signal; null while it is not stored. */
  position: number | null
}

export class BarWindowRules implements RulesOfBars {
  readonly source = SIGNAL_SOURCE
  readonly #bars = new Map<string, KnownBar>()

  /** It is in a window that is sent now, whether or not it was in another one before. */
  told(symbol: string, endsAt: number, close: number): void {
    const key = keyOf(symbol, endsAt)
    if (!this.#bars.has(key)) this.#bars.set(key, { close, position: null })
  }

  wroteRow(row: Attributes): readonly Finding[] {
    const [symbol, end, position] = [text(row, 'symbol'), text(row, 'event_ts'), number(row, 'position')]
    const what = `${symbol} ${end}`
    const bar = this.#bars.get(keyOf(symbol, Date.parse(end)))
    if (bar === undefined || text(row, 'timeframe') !== ONE_MINUTE)
      return [['signal-log', `${what}: there is no such bar`]]
    const found: Finding[] = []
    const { price } = JSON.parse(text(row, 'payload')) as { readonly price?: string }
    if (Number(price) !== bar.close)
      found.push(['equal-plans', `${what}: closed at ${bar.close}, not at ${price}`])
    if (bar.position !== null && bar.position !== position)
      found.push(['signal-log', `${what}: one bar is two signals, at ${bar.position} and ${position}`])
    bar.position ??= position
    return found
  }

  wroteFold(): readonly Finding[] {
    return [['signal-log', 'a fold is stored, and nobody folds']]
  }

  judgeLog(): readonly Finding[] {
    const missing = [...this.#bars].filter(([, { position }]) => position === null).map(([key]) => key)
    return missing.length === 0
      ? []
      : [['signal-log', `bars were sent and are not stored: ${missing.join()}`]]
  }
}

function keyOf(symbol: string, endsAt: number): string {
  return `${symbol} ${new Date(endsAt).toISOString()}`
}

/**
 * `GET /v1/corporate-actions` (https://docs.alpaca.markets/reference/corporateactions-1): the splits of the tape, all on one page. Pure.
 */
import { deterministicUuid } from '../order.ts'
import type { DataAnswer } from './data-refusal.ts'
import type { MarketTape, TapeSplit } from './market-tape.ts'

/** Those of the symbols and dates that are asked for; of other kinds there are none. */
export function answerActions(query: URLSearchParams, { splits }: MarketTape): DataAnswer {
  const symbols = query.get('symbols')?.split(',') ?? null
  const [start, end] = [query.get('start')?.slice(0, 10) ?? '', query.get('end')?.slice(0, 10) ?? '9999']
  const asked = splits.filter(
    ({ symbol, exDate }) => (symbols?.includes(symbol) ?? true) && exDate >= start && exDate <= end,
  )
  const [forward, reverse] = [
    asked.filter(({ oldRate, newRate }) => newRate > oldRate),
    asked.filter(({ oldRate, newRate }) => newRate < oldRate),
  ]
  const actions = {
    ...(forward.length === 0 ? {} : { forward_splits: forward.map(wireSplit) }),
    ...(reverse.length === 0 ? {} : { reverse_splits: reverse.map(wireSplit) }),
  }
  return { status: 200, json: { corporate_actions: actions, next_page_token: null } }
}

function wireSplit({ symbol, exDate, oldRate, newRate }: TapeSplit) {
  return {
    id: deterministicUuid('split', symbol, exDate),
    symbol,
    old_rate: oldRate,
    new_rate: newRate,
    ex_date: exDate,
    process_date: exDate,
  }
}

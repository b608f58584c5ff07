/** Answers with bars as they should not be: what a reader must notice (docs/cli.md#exchange). */
import type { Spoiling } from '../faults.ts'

/** Half of the symbols, and no word of the others; or the first bar of each symbol with a text, a null and a number for a time. */
export function spoilt(json: unknown, how: Spoiling): unknown {
  const { bars, ...rest } = json as { readonly bars?: Readonly<Record<string, unknown>> }
  if (bars === undefined) return json
  const entries = Object.entries(bars)
  return how === 'half_answer'
    ? {
        ...rest,
        bars: Object.fromEntries(entries.slice(0, Math.floor(entries.length / 2))),
        next_page_token: null,
      }
    : { ...rest, bars: Object.fromEntries(entries.map(([symbol, own]) => [symbol, withWrongTypes(own)])) }
}

function withWrongTypes(own: unknown): unknown {
  if (!Array.isArray(own)) return spoiltBar(own)
  const [first, ...others] = own
  return first === undefined ? own : [spoiltBar(first), ...others]
}

function spoiltBar(bar: unknown): unknown {
  return { ...(bar as object), t: 0, o: 'a lot', v: null }
}

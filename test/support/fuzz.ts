/**
 * Documents that are nearly right: a valid one with a few parts removed, renamed, doubled or replaced by values of the
 * wrong type, size or spelling, and texts that are torn or spliced. Seeded, so that each can be made again.
 */
/** Where the spoiling draws from. */
export interface Random {
  /** A whole number in [0, bound). */
  below(bound: number): number
  chance(probability: number): boolean
}

type Json = unknown

const ODD_VALUES: readonly Json[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e308,
  -0,
  2 ** 53 + 2,
  '',
  ' ',
  'NaN',
  'Infinity',
  '1e999',
  '0x10',
  '1,000',
  '-5',
  '2024-02-30T00:00:00Z',
  '9999-12-31T23:59:59Z',
  'yesterday',
  '__proto__',
  'constructor',
  'ture',
  '\u0000',
  '\ud800',
  '🦔'.repeat(70),
  'x'.repeat(5000),
  [],
  [[[[[[]]]]]],
  JSON.parse(`${'['.repeat(300)}${']'.repeat(300)}`),
  {},
  { __proto__: null, toString: 1 },
  { constructor: { prototype: {} } },
]

/** One of the values that every reader has to refuse somewhere. */
export function oddValue(random: Random): Json {
  return ODD_VALUES[random.below(ODD_VALUES.length)]
}

function oddKey(random: Random): string {
  const value = oddValue(random)
  return typeof value === 'string' ? value : 'another'
}

/** A copy with one to three parts spoilt. */
export function spoilt(document: Json, random: Random): Json {
  let result = structuredClone(document)
  for (let left = 1 + random.below(3); left > 0; left -= 1) result = spoilOnce(result, random)
  return result
}

function spoilOnce(value: Json, random: Random): Json {
  if (typeof value !== 'object' || value === null || random.chance(0.15)) return oddValue(random)
  if (Array.isArray(value)) return spoilList(value, random)
  const entries = Object.entries(value)
  if (entries.length === 0) return { [oddKey(random)]: oddValue(random) }
  const at = random.below(entries.length)
  const [key, member] = entries[at] ?? ['', null]
  const change = random.below(6)
  if (change === 0) entries.splice(at, 1)
  else if (change === 1) entries[at] = [slip(key, random), member]
  else if (change === 2) entries.push([oddKey(random), oddValue(random)])
  else entries[at] = [key, spoilOnce(member, random)]
  return Object.fromEntries(entries)
}

function spoilList(list: readonly Json[], random: Random): Json {
  if (list.length === 0) return [oddValue(random)]
  const at = random.below(list.length)
  const change = random.below(5)
  if (change === 0) return list.toSpliced(at, 1)
  if (change === 1) return [...list, structuredClone(list[at])]
  if (change === 2) return [...list, oddValue(random)]
  return list.with(at, spoilOnce(list[at], random))
}

/** A text with a letter lost, doubled, replaced or two of them swapped. */
export function slip(text: string, random: Random): string {
  const at = random.below(text.length + 1)
  const [before, after] = [text.slice(0, at), text.slice(at)]
  const change = random.below(4)
  if (change === 0) return before + after.slice(1)
  if (change === 1) return `${before}${after.slice(0, 1)}${after}`
  if (change === 2) return `${before}${String.fromCharCode(32 + random.below(90))}${after.slice(1)}`
  return before + after.slice(1, 2) + after.slice(0, 1) + after.slice(2)
}

/** A text torn off, spliced or with a few slips. */
export function tornText(text: string, random: Random): string {
  const change = random.below(4)
  if (change === 0) return text.slice(0, random.below(text.length + 1))
  if (change === 1) return text.slice(random.below(text.length + 1)) + text
  let result = text
  for (let left = 1 + random.below(4); left > 0; left -= 1) result = slip(result, random)
  return result
}

/** A signal of indicators. */
export const SIGNAL = {
  event_ts: '2026-02-10T14:30:00Z',
  symbol: 'AAPL',
  timeframe: '1Min',
  seq: 7,
  source: 'ta',
  ingest_ts: '2026-02-10T14:30:01Z',
  payload: { price: '100', macd: { macd: 1, signal: 0.5 }, rsi14: 40 },
}
/** A signal that is a bar with its indicators. */
export const BAR_SIGNAL = {
  ...SIGNAL,
  seq: 8,
  payload: {
    ...SIGNAL.payload,
    open: '99.5',
    high: '101.25',
    low: '99',
    close: '100',
    volume: '12000',
    vwap: { session: '100.1' },
    window_start: '2026-02-10T14:29:00Z',
  },
}
/** A signal with values of a producer's own. */
export const CUSTOM_SIGNAL = {
  ...SIGNAL,
  seq: 9,
  payload: {
    ...SIGNAL.payload,
    custom: { score: '0.25', rank: 3, note: 'breakout', deep: { a: [1, 2, { b: null }] } },
    sentiment: { news: '0.7', social: -0.2 },
    feature_schema_version: '3.0',
  },
}

/** A message's text: a spoilt document, or a torn text of one. */
export function spoiltText(document: unknown, random: Random): string {
  const text = JSON.stringify(random.chance(0.2) ? document : spoilt(document, random)) ?? 'undefined'
  return random.chance(0.2) ? tornText(text, random) : text
}

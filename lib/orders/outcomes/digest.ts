/**
 * What became of the orders of an interval, for people: counts and a list of fills and rejections per account, made of
 * the records that `tellOfOutcome` left in the log.
 *
 * Invariants: nothing stands in it but the fields named here; an order is told once, by its latest record; a text of the
 * broker's can neither begin a line of its own nor grow the message beyond what a topic takes.
 */
import { parseJson } from '../../domain/parse-json.ts'
import { formatInstant, type EpochMs } from '../../domain/time.ts'
import type { LogLine } from '../../ports/log-reader.ts'
import { FILLED_RECORD, REJECTED_RECORD } from './tell-of-outcome.ts'

export interface Interval {
  readonly from: EpochMs
  /** Exclusive. */
  readonly to: EpochMs
}

export interface Digest {
  readonly subject: string
  readonly text: string
}

interface Outcome {
  readonly at: EpochMs
  readonly account: string
  readonly clientOrderId: string
  readonly kind: 'filled' | 'rejected'
  readonly words: string
}

/** Of a broker's body. */
const LONGEST_REASON = 200
/** Of all accounts together. SNS takes 256 KB ("Publish"). */
const MOST_LINES = 500
const LONGEST_TEXT = 240_000

/** Null: nothing was filled or rejected. */
export function digestOf(lines: readonly LogLine[], { from, to }: Interval, stage: string): Digest | null {
  const inInterval = lines.filter(({ at }) => at >= from && at < to)
  const latest = new Map<string, Outcome>()
  for (const outcome of inInterval.flatMap(outcomesOf).toSorted((left, right) => left.at - right.at)) {
    latest.set([outcome.account, outcome.clientOrderId, outcome.kind].join(' '), outcome)
  }
  const outcomes = [...latest.values()]
  if (outcomes.length === 0) return null
  const accounts = [...new Set(outcomes.map(({ account }) => account))].sort()
  let left = MOST_LINES
  const parts = accounts.map((account) => {
    const own = outcomes.filter((outcome) => outcome.account === account)
    const listed = own.slice(0, left).map(({ at, words }) => `  ${formatInstant(at)} ${words}`)
    left -= listed.length
    const more = own.length - listed.length
    return [`${account}: ${counts(own)}`, ...listed, ...(more > 0 ? [`  and ${more} more`] : [])].join('\n')
  })
  const head = `Orders of stage ${stage} that were filled or rejected from ${formatInstant(from)} to ${formatInstant(to)}`
  const foot = `Each with its reason: torghut decisions --account LABEL --stage ${stage}`
  const text = printable([head, ...parts, foot].join('\n\n')).slice(0, LONGEST_TEXT)
  return { subject: `torghut ${stage}: ${counts(outcomes)}`, text }
}

function counts(outcomes: readonly Outcome[]): string {
  const count = (kind: Outcome['kind']) => outcomes.filter((outcome) => outcome.kind === kind).length
  return `${count('filled')} filled, ${count('rejected')} rejected`
}

function outcomesOf({ at, text }: LogLine): readonly Outcome[] {
  const parsed = text.startsWith('{') ? parseJson(text) : undefined
  if (typeof parsed !== 'object' || parsed === null) return []
  const field = (name: string): string => oneLine(String(Reflect.get(parsed, name) ?? '?'))
  const order = { at, account: field('account'), clientOrderId: field('clientOrderId') }
  switch (field('message')) {
    case FILLED_RECORD: {
      const quantity = `${field('filled')} of ${field('quantity')}`
      const words = `${field('side')} ${quantity} ${field('symbol')} at ${field('price')}`
      return [{ ...order, kind: 'filled', words }]
    }
    case REJECTED_RECORD: {
      const reason = field('rejection').slice(0, LONGEST_REASON)
      const words = `${field('side')} ${field('quantity')} ${field('symbol')} rejected: ${reason}`
      return [{ ...order, kind: 'rejected', words }]
    }
    default:
      return []
  }
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ')
}

function printable(text: string): string {
  return text.replaceAll(/[^\n\x20-\x7e]/g, '?')
}

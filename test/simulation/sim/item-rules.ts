/**
 * What holds of single items: whose they are, their size, and that a decision is denied as too old only when it is, and not
 * accepted for a strategy whose cap cannot be read.
 */
import { isDeepStrictEqual } from 'node:util'
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import type { Attributes } from '../../support/simulated-dynamodb/evaluate.ts'
import type { Finding } from './execution-rules.ts'
import type { Observed } from './observed.ts'
import { accountOfKey, text } from './stored.ts'

const LARGEST_BYTES = 64 * 1024
const SIGNAL_MAX_AGE_MS = 300_000
/** A tick is planned under its own time, which may be so much later than the lane's, and clocks may be off. */
const SLACK_MS = 10_000

const WRITE_ONCE: ReadonlySet<string> = new Set([
  'cycle',
  'trade_decisions',
  'alpaca_order',
  'execution_order_events',
  'signals',
])

/** What is sealed stays as it is. */
export function judgeWrittenOnce(
  kind: string,
  before: Attributes | null,
  after: Attributes,
): readonly Finding[] {
  if (before === null || !WRITE_ONCE.has(kind) || isDeepStrictEqual(before, after)) return []
  return [['sealed-plan', `a stored ${kind} was written over`]]
}

export function judgeSize(item: Attributes): readonly Finding[] {
  const bytes = sizeOf(item)
  return bytes > LARGEST_BYTES ? [['item-size', `an item of ${bytes} bytes`]] : []
}

/** Everything under an account's key is that account's. */
export function judgeAccount(item: Attributes): readonly Finding[] {
  const account = accountOfKey(item)
  const named = text(item, 'alpaca_account_label') || text(item, 'account_label')
  if (account === null || named === account) return []
  return [['accounts-apart', `an item of ${named} under ${account}`]]
}

export function judgeDecision(item: Attributes, world: Observed): readonly Finding[] {
  const isAccepted = item['outcome']?.M?.['kind']?.S === 'accepted'
  if (isAccepted && world.scenario.special?.kind === 'unreadable_cap')
    return [['sizing', 'accepted though the cap of its strategy cannot be read']]
  if (item['outcome']?.M?.['reason']?.S !== 'signal_too_old') return []
  const age = world.kernel.now - Date.parse(text(item, 'event_ts'))
  return age + SLACK_MS < SIGNAL_MAX_AGE_MS
    ? [['cycle', `denied as too old after ${Math.round(age / 1000)} s`]]
    : []
}

/** As DynamoDB counts it: names, values, and a little for each list, map and member. */
function sizeOf(item: Attributes): number {
  let bytes = 0
  for (const name of Object.keys(item)) {
    const value = item[name]
    if (value !== undefined) bytes += name.length + valueSize(value)
  }
  return bytes
}

function valueSize(value: AttributeValue): number {
  if (value.S !== undefined) return value.S.length < 200 ? value.S.length : Buffer.byteLength(value.S)
  if (value.N !== undefined) return value.N.length
  if (value.B !== undefined) return value.B.length
  if (value.L !== undefined) {
    let bytes = 3
    for (const member of value.L) bytes += 1 + valueSize(member)
    return bytes
  }
  return value.M === undefined ? 1 : 3 + Object.keys(value.M).length + sizeOf(value.M)
}

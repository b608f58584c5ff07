/** What stands in the tables, read from the raw attributes: nothing of the product's decoding is trusted here. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import type { ExecutionState } from '../../../lib/domain/execution.ts'
import type { Attributes } from '../../support/simulated-dynamodb/evaluate.ts'

export interface StoredClaim {
  readonly token: string
  readonly diesAt: number
  readonly takeover: boolean
  readonly dead: boolean
}

export interface StoredExecution {
  readonly account: string
  readonly clientOrderId: string
  readonly decisionId: string
  /** What never changes, as one text. */
  readonly identity: string
  readonly symbol: string
  readonly side: string
  readonly quantity: number
  readonly timeInForce: string
  /** Null: at the market. */
  readonly limitPrice: number | null
  readonly state: ExecutionState
  readonly revision: number
  readonly claim: StoredClaim | null
  readonly misses: number
  readonly lastMissAt: number | null
  readonly alpacaOrderId: string | null
  readonly filled: number
  readonly hasRejection: boolean
  readonly neverPostAgain: boolean
  readonly recheckedAt: string | null
  readonly deniedReason: string | null
  readonly createdAt: number
  readonly updatedAt: number
}

export function text(item: Attributes, name: string): string {
  return item[name]?.S ?? ''
}

export function number(item: Attributes, name: string): number {
  return Number(item[name]?.N ?? Number.NaN)
}

/** Of a decision or an execution; null: at the market. */
export function limitOf(item: Attributes): number | null {
  const stored = item['limit_price']?.S
  return stored === undefined ? null : Number(stored)
}

/** What kind of item it is: the first part of its sort key, or of its partition in the signal table. */
export function kindOf(item: Attributes): string {
  const sk = item['sk']
  const key = sk?.N === undefined ? (sk?.S ?? '') : text(item, 'pk')
  const end = key.indexOf('#')
  return end === -1 ? key : key.slice(0, end)
}

export function accountOfKey(item: Attributes): string | null {
  const pk = text(item, 'pk')
  const isOfAccount = pk.startsWith('account#') || pk.startsWith('waiting_tick#')
  return isOfAccount ? pk.slice(pk.indexOf('#') + 1) : null
}

/** Items are never changed once they are stored, so each is read once. */
const executionsRead = new WeakMap<Attributes, StoredExecution>()

export function executionOf(item: Attributes): StoredExecution {
  const known = executionsRead.get(item)
  if (known !== undefined) return known
  const read = readExecution(item)
  executionsRead.set(item, read)
  return read
}

function readExecution(item: Attributes): StoredExecution {
  const claim = item['claim']?.M
  const lastMiss = item['misses']?.M?.['last_at']?.S
  const fixed = [
    'client_order_id',
    'decision_id',
    'symbol',
    'side',
    'quantity',
    'time_in_force',
    'limit_price',
    'created_at',
  ]
  return {
    account: text(item, 'alpaca_account_label'),
    clientOrderId: text(item, 'client_order_id'),
    decisionId: text(item, 'decision_id'),
    identity: `${fixed.map((name) => text(item, name)).join(' ')} ${JSON.stringify(item['broker_target'])}`,
    symbol: text(item, 'symbol'),
    side: text(item, 'side'),
    quantity: Number(text(item, 'quantity')),
    timeInForce: text(item, 'time_in_force'),
    limitPrice: limitOf(item),
    state: text(item, 'state') as ExecutionState,
    revision: number(item, 'revision'),
    claim: claim === undefined ? null : claimOf(claim),
    misses: Number(item['misses']?.M?.['count']?.N ?? 0),
    lastMissAt: lastMiss === undefined ? null : Date.parse(lastMiss),
    alpacaOrderId: item['alpaca_order_id']?.S ?? null,
    filled: Number(text(item, 'filled_quantity')),
    hasRejection: item['rejection'] !== undefined,
    neverPostAgain: item['never_post_again']?.BOOL === true,
    recheckedAt: item['rechecked_at']?.S ?? null,
    deniedReason: item['denied_reason']?.S ?? null,
    createdAt: Date.parse(text(item, 'created_at')),
    updatedAt: Date.parse(text(item, 'updated_at')),
  }
}

function claimOf(claim: Record<string, AttributeValue>): StoredClaim {
  return {
    token: claim['token']?.S ?? '',
    diesAt: Date.parse(claim['dies_at']?.S ?? ''),
    takeover: claim['takeover']?.BOOL === true,
    dead: claim['dead']?.BOOL === true,
  }
}

export interface StoredLane {
  readonly account: string
  readonly source: string
  readonly version: number
  readonly cursor: number
  readonly lastTickAt: number | null
  readonly unsettled: readonly string[]
  readonly halted: string | null
}

export function laneOf(item: Attributes): StoredLane {
  const lastTickAt = item['last_tick_at']?.S
  return {
    account: text(item, 'account_label') || text(item, 'alpaca_account_label'),
    source: text(item, 'source'),
    version: number(item, 'version'),
    cursor: number(item, 'cursor'),
    lastTickAt: lastTickAt === undefined ? null : Date.parse(lastTickAt),
    unsettled: (item['unsettled']?.L ?? []).map((id) => id.S ?? ''),
    halted: item['halted']?.S ?? null,
  }
}

export interface StoredCycle {
  readonly account: string
  readonly version: number
  readonly from: number
  readonly nextCursor: number
  /** Null: compressed. */
  readonly outcomes: readonly number[] | null
  readonly expired: { readonly from: number; readonly to: number } | null
}

export function cycleOf(item: Attributes): StoredCycle {
  const plan = item['plan']?.M ?? {}
  const outcomes = plan['outcomes']?.L
  const expired = plan['expired']?.M
  return {
    account: text(item, 'alpaca_account_label'),
    version: number(item, 'version'),
    from: Number(item['inputs']?.M?.['cursor']?.N),
    nextCursor: Number(plan['next_cursor']?.N),
    outcomes: outcomes === undefined ? null : outcomes.map((one) => Number(one.M?.['position']?.N)),
    expired:
      expired === undefined ? null : { from: Number(expired['from']?.N), to: Number(expired['to']?.N) },
  }
}

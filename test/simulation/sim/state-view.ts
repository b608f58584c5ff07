/** The checker's own view of the state table: what was written, by what it is. */
import type { Attributes } from '../../support/simulated-dynamodb/evaluate.ts'
import {
  executionOf,
  laneOf,
  limitOf,
  number,
  type StoredExecution,
  type StoredLane,
  text,
} from './stored.ts'

export interface StoredDecision {
  readonly accepted: boolean
  /** Client order id, symbol, side and quantity. */
  readonly order: string
  readonly clientOrderId: string
  readonly timeInForce: string
  /** Null: at the market. */
  readonly limitPrice: number | null
  readonly eventAt: number
  readonly position: number
}

export class StateView {
  readonly pointers = new Set<string>()
  readonly #executions = new Map<string, Map<string, StoredExecution>>()
  readonly #unsettled = new Map<string, Set<string>>()
  readonly #decisions = new Map<string, StoredDecision>()
  /** Decision ids by account, signal, horizon and origin. */
  readonly #decided = new Map<string, StoredDecision>()
  readonly #cycles = new Map<string, Attributes>()
  readonly #lanes = new Map<string, StoredLane>()
  readonly #haltedSince = new Map<string, number>()
  /** By account and order key. */
  readonly #unmatched = new Map<string, Map<string, StoredUnmatched>>()
  /** By account and client order id. */
  readonly #accepted = new Set<string>()

  wrote(kind: string, item: Attributes, now: number): void {
    const account = text(item, 'alpaca_account_label')
    if (kind === 'executions') {
      this.#wroteExecution(executionOf(item))
    } else if (kind === 'trade_decisions') {
      const decision = decisionOf(item)
      this.#decisions.set(`${account} ${text(item, 'decision_id')}`, decision)
      this.#decided.set(`${account} ${originOf(item)}`, decision)
      if (decision.accepted) this.#accepted.add(`${account} ${decision.clientOrderId}`)
    } else if (kind === 'alpaca_order') {
      this.pointers.add(`${account} ${text(item, 'alpaca_order_id')}`)
    } else if (kind === 'unmatched_orders') {
      const orders = member(this.#unmatched, account, () => new Map<string, StoredUnmatched>())
      orders.set(text(item, 'order_key'), unmatchedOf(item))
    } else if (kind === 'cycle') {
      this.#cycles.set(`${account} ${number(item, 'version')}`, item)
    } else if (kind === 'trade_cursor') {
      const lane = laneOf(item)
      this.#lanes.set(lane.account, lane)
      if (lane.halted === null) this.#haltedSince.delete(lane.account)
      else if (!this.#haltedSince.has(lane.account)) this.#haltedSince.set(lane.account, now)
    }
  }

  decision(account: string, id: string): StoredDecision | null {
    return this.#decisions.get(`${account} ${id}`) ?? null
  }

  execution(account: string, clientOrderId: string): StoredExecution | null {
    return this.#executions.get(account)?.get(clientOrderId) ?? null
  }

  /** Whether an accepted decision has this order. */
  isAccepted(account: string, clientOrderId: string): boolean {
    return this.#accepted.has(`${account} ${clientOrderId}`)
  }

  /** What is stored of an order without an execution. */
  unmatched(account: string, orderKey: string): string | null {
    return this.#unmatched.get(account)?.get(orderKey)?.state ?? null
  }

  /** Keys of orders that wait for a word on them, with the moment at which each was noticed; retention has removed the others. */
  parked(account: string, now: number): ReadonlyMap<string, number> {
    const parked = new Map<string, number>()
    for (const [key, { state, noticedAt, expiresAt }] of this.#unmatched.get(account) ?? []) {
      if (state === 'parked' && expiresAt > now) parked.set(key, noticedAt)
    }
    return parked
  }

  cycle(account: string, version: number): Attributes | null {
    return this.#cycles.get(`${account} ${version}`) ?? null
  }

  lane(account: string): StoredLane | null {
    return this.#lanes.get(account) ?? null
  }

  /** Since when the account's lane waits for an operator; null: it does not. */
  haltedSince(account: string): number | null {
    return this.#haltedSince.get(account) ?? null
  }

  executions(account: string): readonly StoredExecution[] {
    return [...(this.#executions.get(account)?.values() ?? [])]
  }

  unsettled(account: string): readonly string[] {
    return [...(this.#unsettled.get(account) ?? [])]
  }

  /** Whether the decision that a record tells of is stored, or another one of its id. */
  isDecided(account: string, details: Attributes): boolean {
    return this.#decided.has(`${account} ${originOf(details)}`)
  }

  /** The accepted decisions of a record that have no execution; none when the record is compressed. */
  unexecuted(account: string, record: Attributes): readonly string[] {
    const decisions = record['plan']?.M?.['decisions']?.L ?? []
    return decisions.flatMap(({ M: details = {} }) => {
      if (details['outcome']?.M?.['kind']?.S !== 'accepted') return []
      const decision = this.#decided.get(`${account} ${originOf(details)}`)
      // an earlier decision of this id stands: the sealed one is skipped
      if (decision !== undefined && decision.position !== number(details, 'position')) return []
      const execution = decision === undefined ? null : this.execution(account, decision.clientOrderId)
      return execution === null ? [originOf(details)] : []
    })
  }

  #wroteExecution(execution: StoredExecution): void {
    const { account, clientOrderId, state } = execution
    member(this.#executions, account, () => new Map<string, StoredExecution>()).set(clientOrderId, execution)
    const unsettled = member(this.#unsettled, account, () => new Set<string>())
    if (state === 'submitting' || state === 'unknown') unsettled.add(clientOrderId)
    else unsettled.delete(clientOrderId)
  }
}

function member<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}

function originOf(item: Attributes): string {
  return `${text(item, 'signal_id')} ${text(item, 'horizon')} ${text(item, 'origin')}`
}

function decisionOf(item: Attributes): StoredDecision {
  const clientOrderId = text(item, 'client_order_id')
  return {
    accepted: item['outcome']?.M?.['kind']?.S === 'accepted',
    order: `${clientOrderId} ${text(item, 'symbol')} ${text(item, 'side')} ${Number(text(item, 'quantity'))}`,
    clientOrderId,
    timeInForce: text(item, 'time_in_force'),
    limitPrice: limitOf(item),
    eventAt: Date.parse(text(item, 'event_ts')),
    position: number(item, 'position'),
  }
}

interface StoredUnmatched {
  readonly state: string
  readonly noticedAt: number
  readonly expiresAt: number
}

function unmatchedOf(item: Attributes): StoredUnmatched {
  const expiresAt = item['expires_at'] === undefined ? Infinity : number(item, 'expires_at') * 1000
  return { state: text(item, 'state'), noticedAt: Date.parse(text(item, 'noticed_at')), expiresAt }
}

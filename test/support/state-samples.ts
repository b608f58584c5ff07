/** One builder per thing that is stored, for tests to change one field of: all of one buy of 10 AAPL by account alpha. */
import { createHash } from 'node:crypto'
import { type AccountLabel, accountLabel } from '../../lib/domain/account-label.ts'
import type { AccountBalance, AccountConfig, AccountSnapshot } from '../../lib/domain/account.ts'
import { ZERO, decimal } from '../../lib/domain/decimal.ts'
import type { Decision } from '../../lib/domain/decision.ts'
import type { Execution } from '../../lib/domain/execution.ts'
import {
  asAlpacaOrderId,
  asCatalogHash,
  asClientOrderId,
  clientOrderId,
  decisionId,
  signalId,
} from '../../lib/domain/ids.ts'
import { epochNsOf } from '../../lib/domain/nano-time.ts'
import { type Lane, NO_NOTES } from '../../lib/domain/lane.ts'
import type { OrderEvent } from '../../lib/domain/order-event.ts'
import { type CycleRecord, PLAN_SCHEMA } from '../../lib/domain/plan.ts'
import type { Signal } from '../../lib/domain/signal.ts'
import { instant, plusSeconds } from '../../lib/domain/time.ts'
import type { UnmatchedOrder } from '../../lib/domain/unmatched-order.ts'

export const ALPHA = accountLabel('alpha')
export const BETA = accountLabel('beta')
export const SOURCE = 'ta'
export const TARGET = { mode: 'paper', baseUrl: 'http://127.0.0.1:1' } as const
/** The tick that decided. */
export const DECIDED_AT = instant('2010-05-04T13:31:00Z')

export function aSignal(seq: number, changes: Partial<Signal> = {}): Signal {
  return {
    source: SOURCE,
    symbol: 'AAPL',
    timeframe: '1Day',
    eventTs: instant('2010-05-03T20:00:00Z'),
    seq,
    ingestTs: null,
    payload: { price: 37.99, macd: { macd: 0.1, signal: 0.25 }, rsi14: 55 },
    ...changes,
  }
}

export function aDecision(seq = 1, account: AccountLabel = ALPHA, changes: Partial<Decision> = {}): Decision {
  const signal = aSignal(seq)
  const id = decisionId(account, signalId(signal), signal.timeframe, 'aggregated')
  return {
    decisionId: id,
    clientOrderId: clientOrderId(id),
    accountLabel: account,
    signalId: signalId(signal),
    position: seq,
    source: SOURCE,
    eventTs: signal.eventTs,
    symbol: 'AAPL',
    horizon: '1Day',
    origin: 'aggregated',
    side: 'buy',
    quantity: decimal('10'),
    price: decimal('37.99'),
    timeInForce: 'day',
    limitPrice: null,
    confidence: decimal('0.65'),
    targetNotional: decimal('1000'),
    sourceStrategyIds: ['trend', 'value'],
    explain: ['macd above signal'],
    brokerTarget: TARGET,
    tickAt: DECIDED_AT,
    outcome: { kind: 'accepted' },
    ...changes,
  }
}

/** The execution of a decision, claimed and nothing else. */
export function anExecution(changes: Partial<Execution> = {}, decision: Decision = aDecision()): Execution {
  return {
    accountLabel: decision.accountLabel,
    clientOrderId: decision.clientOrderId,
    decisionId: decision.decisionId,
    symbol: decision.symbol,
    side: decision.side,
    quantity: decision.quantity,
    timeInForce: decision.timeInForce,
    limitPrice: decision.limitPrice,
    brokerTarget: decision.brokerTarget,
    state: 'submitting',
    revision: 1,
    claim: { token: 'ours', diesAt: plusSeconds(DECIDED_AT, 30), takeover: false, dead: false },
    misses: null,
    neverPostAgain: false,
    alpacaOrderId: null,
    deniedReason: null,
    rejection: null,
    note: null,
    permission: { killSwitchVersion: 'global@3', killSwitchAgeSeconds: 0.25 },
    evidence: null,
    recheckedAt: null,
    disowned: null,
    filledQuantity: ZERO,
    averageFillPrice: null,
    createdAt: DECIDED_AT,
    updatedAt: DECIDED_AT,
    ...changes,
  }
}

export function anAccount(changes: Partial<AccountConfig> = {}): AccountConfig {
  return { label: ALPHA, enabled: true, target: TARGET, strategies: null, ...changes }
}

/** What the broker says of an account: 100,000 dollars and nothing else, unless said otherwise. */
export function aSnapshot(
  parts: Partial<Omit<AccountSnapshot, 'balance'>> & { readonly balance?: Partial<AccountBalance> } = {},
): AccountSnapshot {
  const money = decimal('100000')
  return {
    positions: [],
    openOrders: [],
    ...parts,
    balance: {
      brokerAccountId: 'b-1',
      equity: money,
      lastEquity: money,
      cash: money,
      buyingPower: money,
      nonMarginableBuyingPower: money,
      tradingBlocked: false,
      ...parts.balance,
    },
  }
}

export function aLane(changes: Partial<Lane> = {}): Lane {
  return {
    accountLabel: ALPHA,
    source: SOURCE,
    version: 0,
    cursor: 0,
    circuits: {},
    cooldowns: {},
    unsettled: [],
    lastTickAt: null,
    halted: null,
    requests: [],
    notes: NO_NOTES,
    ...changes,
  }
}

export function aCycle(changes: Partial<CycleRecord> = {}, explain = 'macd above signal'): CycleRecord {
  const { accountLabel: account = ALPHA, source = SOURCE } = changes
  const decision = aDecision(1, account, { source, explain: [explain] })
  return {
    accountLabel: account,
    source,
    version: 0,
    inputs: {
      tickAt: decision.tickAt,
      cursor: 0,
      positions: { from: 1, to: 1 },
      catalogHash: asCatalogHash('c'.repeat(64)),
      settings: { TRADING_ENABLED: 'true' },
      account: anAccount({ label: account }),
      killSwitchOn: false,
      unsettled: [],
      snapshot: aSnapshot({ balance: { brokerAccountId: 'a'.repeat(64) } }),
      restHash: 'r'.repeat(64),
      codeVersion: '0.1.0',
      timedOut: null,
      history: null,
    },
    plan: {
      schema: PLAN_SCHEMA,
      decisions: [decision],
      outcomes: [{ position: 1, code: 'decided:1' }],
      expired: null,
      nextCursor: 1,
      circuits: {},
      cooldowns: { AAPL: decision.tickAt },
      observations: [{ metric: 'strategy_events_total', count: 2, properties: { strategy: 'trend' } }],
    },
    ...changes,
  }
}

export function anOrderEvent(changes: Partial<OrderEvent> = {}): OrderEvent {
  return {
    accountLabel: ALPHA,
    alpacaOrderId: null,
    clientOrderId: aDecision().clientOrderId,
    symbol: 'AAPL',
    side: 'buy',
    eventType: 'fill',
    status: 'filled',
    eventTs: epochNsOf(instant('2010-05-04T13:31:01.250Z')),
    feedSeq: 7,
    quantity: decimal('10'),
    filledQuantity: decimal('10'),
    averageFillPrice: decimal('38.01'),
    ...changes,
  }
}

/** A text whose stored size, compressed or not, is at least `bytes`: base64 of hashes, 6 bits a character. */
export function incompressible(bytes: number): string {
  let text = ''
  for (let index = 0; (text.length * 6) / 8 < bytes; index += 1) {
    text += createHash('sha256').update(String(index)).digest('base64url')
  }
  return text
}

/** The sample cycle as another account's: its decisions belong to that account, with ids that say so. */
export function aCycleOf(accountLabel: AccountLabel): CycleRecord {
  const cycle = aCycle()
  const decisions = cycle.plan.decisions.map((decision) => {
    const id = decisionId(accountLabel, decision.signalId, decision.horizon, decision.origin)
    return { ...decision, accountLabel, decisionId: id, clientOrderId: clientOrderId(id) }
  })
  return { ...cycle, accountLabel, plan: { ...cycle.plan, decisions } }
}

export function anUnmatchedOrder(changes: Partial<UnmatchedOrder> = {}): UnmatchedOrder {
  return {
    accountLabel: ALPHA,
    orderKey: 'o-1',
    alpacaOrderId: asAlpacaOrderId('o-1'),
    clientOrderId: asClientOrderId('by-hand'),
    state: 'parked',
    reason: null,
    noticedAt: DECIDED_AT,
    ...changes,
  }
}

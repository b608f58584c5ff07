/** Values to store, for the contract suites of the state ports. */
import { createHash } from 'node:crypto'
import { type AccountLabel, accountLabel } from '../../lib/domain/account-label.ts'
import { ZERO, decimal } from '../../lib/domain/decimal.ts'
import type { Decision } from '../../lib/domain/decision.ts'
import type { Execution } from '../../lib/domain/execution.ts'
import { asCatalogHash, clientOrderId, decisionId, signalId } from '../../lib/domain/ids.ts'
import type { Lane } from '../../lib/domain/lane.ts'
import type { OrderEvent } from '../../lib/domain/order-event.ts'
import { type CycleRecord, PLAN_SCHEMA } from '../../lib/domain/plan.ts'
import type { Signal } from '../../lib/domain/signal.ts'
import { instant } from '../../lib/domain/time.ts'

export const ALPHA = accountLabel('alpha')
export const BETA = accountLabel('beta')
export const SOURCE = 'ta'
const TARGET = { mode: 'paper', baseUrl: 'http://127.0.0.1:1' } as const

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
    quantity: decimal('26'),
    price: decimal('37.99'),
    timeInForce: 'day',
    confidence: decimal('0.65'),
    targetNotional: decimal('1000'),
    sourceStrategyIds: ['trend', 'value'],
    explain: ['macd above signal'],
    brokerTarget: TARGET,
    tickAt: instant('2010-05-04T13:31:00Z'),
    outcome: { kind: 'accepted' },
    ...changes,
  }
}

export function anExecution(
  seq = 1,
  account: AccountLabel = ALPHA,
  changes: Partial<Execution> = {},
): Execution {
  const decision = aDecision(seq, account)
  return {
    accountLabel: account,
    clientOrderId: decision.clientOrderId,
    decisionId: decision.decisionId,
    symbol: decision.symbol,
    side: decision.side,
    quantity: decision.quantity,
    timeInForce: decision.timeInForce,
    brokerTarget: TARGET,
    state: 'submitting',
    revision: 1,
    claim: { token: 'ours', diesAt: instant('2010-05-04T13:32:00Z'), takeover: false, dead: false },
    misses: null,
    neverPostAgain: false,
    alpacaOrderId: null,
    deniedReason: null,
    rejection: null,
    note: null,
    permission: { killSwitchVersion: 'global@3', killSwitchAgeSeconds: 0.25 },
    evidence: null,
    recheckedAt: null,
    filledQuantity: ZERO,
    averageFillPrice: null,
    createdAt: instant('2010-05-04T13:31:00Z'),
    updatedAt: instant('2010-05-04T13:31:00Z'),
    ...changes,
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
      account: { label: account, enabled: true, target: TARGET, strategies: null },
      killSwitchOn: false,
      unsettled: [],
      snapshot: {
        balance: {
          brokerAccountId: 'a'.repeat(64),
          equity: decimal('100000'),
          lastEquity: decimal('100000'),
          cash: decimal('100000'),
          buyingPower: decimal('100000'),
          tradingBlocked: false,
        },
        positions: [],
        openOrders: [],
      },
      restHash: 'r'.repeat(64),
      codeVersion: '0.1.0',
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
    eventTs: instant('2010-05-04T13:31:01.250Z'),
    feedSeq: 7,
    quantity: decimal('26'),
    filledQuantity: decimal('26'),
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

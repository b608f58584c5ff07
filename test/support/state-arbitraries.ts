/** Arbitrary values of everything that is stored, for round trips. */
import { fc } from './properties.ts'
import { accountLabel } from '../../lib/domain/account-label.ts'
import { asDecimal } from '../../lib/domain/decimal.ts'
import { epochNsOf, type EpochNs } from '../../lib/domain/nano-time.ts'
import { type Decision, TIMES_IN_FORCE } from '../../lib/domain/decision.ts'
import { OPEN_STATES, TERMINAL_STATES, UNSETTLED_STATES } from '../../lib/domain/execution.ts'
import type { Execution, FillEvidence } from '../../lib/domain/execution.ts'
import {
  asAlpacaOrderId,
  asCatalogHash,
  asClientOrderId,
  clientOrderId,
  decisionId,
  signalId,
} from '../../lib/domain/ids.ts'
import { type Lane, NO_NOTES } from '../../lib/domain/lane.ts'
import { METRICS } from '../../lib/domain/metric-names.ts'
import { type CycleRecord, PLAN_SCHEMA } from '../../lib/domain/plan.ts'
import type { Signal } from '../../lib/domain/signal.ts'
import { asEpochMs } from '../../lib/domain/time.ts'
import type { StoredFold } from '../../lib/ports/fold-store.ts'
import { aDecision, anExecution } from './state-samples.ts'

const label = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,20}$/).map(accountLabel)
const instant = fc.integer({ min: 0, max: Date.UTC(2100, 0) }).map(asEpochMs)
const amount = fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n }).map(asDecimal)
const count = fc.nat()
const counted = fc.constantFrom(METRICS.ordersDenied, METRICS.strategyEvents, METRICS.shadowDivergences)
const text = fc.string({ maxLength: 12 })
const name = fc
  .string({ minLength: 1, maxLength: 12, unit: 'binary-ascii' })
  .filter((candidate) => candidate !== '__proto__')
const texts = fc.array(text, { maxLength: 3 })
const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null })
const side = fc.constantFrom('buy' as const, 'sell' as const)
const clientOrder = text.map(asClientOrderId)
const alpacaOrder = text.map(asAlpacaOrderId)
const target = fc.record({ mode: fc.constantFrom('paper' as const, 'live' as const), baseUrl: text })
const circuits = fc.dictionary(name, fc.record({ consecutiveErrors: count, openUntil: orNull(instant) }))
const cooldowns = fc.dictionary(name, instant)
const range = orNull(fc.record({ from: count, to: count }))

const requests = fc.array(fc.record({ until: instant, count }), { maxLength: 3 })
const notes = fc.oneof(
  fc.constant(NO_NOTES),
  fc.record({
    revision: count.map((read) => read + 1),
    requests,
    reconciledTo: orNull(clientOrder),
    asked: orNull(
      fc.record({
        version: count,
        timedOut: fc.dictionary(name, count),
        present: orNull(fc.record({ strategyId: text, position: count })),
      }),
    ),
    sweptTo: orNull(instant),
  }),
)

export const anyLane: fc.Arbitrary<Lane> = fc.record({
  accountLabel: label,
  source: name,
  version: count,
  cursor: count,
  circuits,
  cooldowns,
  unsettled: fc.array(clientOrder, { maxLength: 3 }),
  lastTickAt: orNull(instant),
  halted: orNull(text),
  requests,
  notes,
})

export const anyDecision: fc.Arbitrary<Decision> = fc.record({
  decisionId: fc.constant(aDecision().decisionId),
  clientOrderId: clientOrder,
  accountLabel: label,
  signalId: fc.constant(aDecision().signalId),
  position: count,
  source: text,
  eventTs: instant,
  symbol: text,
  horizon: text,
  origin: text,
  side,
  quantity: amount,
  price: orNull(amount),
  timeInForce: fc.constantFrom(...TIMES_IN_FORCE),
  limitPrice: orNull(amount),
  confidence: amount,
  targetNotional: amount,
  sourceStrategyIds: texts,
  explain: texts,
  brokerTarget: target,
  tickAt: instant,
  outcome: fc.constantFrom<Decision['outcome'][]>(
    { kind: 'accepted' },
    { kind: 'denied', reason: 'qty_below_min', figures: null },
  ),
})

function nanosBehind(at: Parameters<typeof epochNsOf>[0], behind: number): EpochNs {
  return (epochNsOf(at) + BigInt(behind)) as EpochNs
}

const moment = {
  at: orNull(fc.tuple(instant, fc.nat(999_999)).map(([at, behind]) => nanosBehind(at, behind))),
  feedSeq: orNull(count),
}
const fill: fc.Arbitrary<FillEvidence> = fc.record({
  ...moment,
  filledQuantity: amount,
  averageFillPrice: orNull(amount),
})

export const anyExecution: fc.Arbitrary<Execution> = fc.record({
  accountLabel: label,
  clientOrderId: clientOrder,
  decisionId: fc.constant(anExecution().decisionId),
  symbol: text,
  side,
  quantity: amount,
  timeInForce: fc.constantFrom(...TIMES_IN_FORCE),
  limitPrice: orNull(amount),
  brokerTarget: target,
  state: fc.constantFrom(...UNSETTLED_STATES, ...OPEN_STATES, ...TERMINAL_STATES),
  revision: count,
  claim: orNull(fc.record({ token: text, diesAt: instant, takeover: fc.boolean(), dead: fc.boolean() })),
  misses: orNull(fc.record({ count, lastAt: instant })),
  neverPostAgain: fc.boolean(),
  alpacaOrderId: orNull(alpacaOrder),
  deniedReason: orNull(fc.constant('kill_switch_on' as const)),
  rejection: orNull(text),
  note: orNull(text),
  permission: orNull(
    fc.record({
      killSwitchVersion: text,
      killSwitchAgeSeconds: fc.integer({ max: 9999, min: 0 }).map(milli),
    }),
  ),
  evidence: orNull(
    fc.record({
      terminal: orNull(
        fc.record({ ...moment, state: fc.constantFrom('filled' as const, 'expired' as const) }),
      ),
      correction: orNull(fill),
      fills: fc.array(fill, { maxLength: 2 }),
    }),
  ),
  recheckedAt: orNull(instant),
  disowned: orNull(fc.record({ operator: text, at: instant, alpacaOrderId: alpacaOrder })),
  filledQuantity: amount,
  averageFillPrice: orNull(amount),
  createdAt: instant,
  updatedAt: instant,
})

const anyCycleOfOthers: fc.Arbitrary<CycleRecord> = fc.record({
  accountLabel: label,
  source: name,
  version: count,
  inputs: fc.record({
    tickAt: instant,
    cursor: count,
    positions: range,
    catalogHash: text.map(asCatalogHash),
    settings: fc.dictionary(name, text),
    account: fc.record({ label, enabled: fc.boolean(), target, strategies: orNull(texts) }),
    killSwitchOn: fc.boolean(),
    unsettled: fc.array(fc.record({ clientOrderId: clientOrder, symbol: text, side, quantity: amount })),
    snapshot: fc.record({
      balance: fc.record({
        brokerAccountId: fc.constant('a'.repeat(64)),
        equity: amount,
        lastEquity: amount,
        cash: amount,
        buyingPower: amount,
        nonMarginableBuyingPower: fc.option(amount),
        tradingBlocked: fc.boolean(),
      }),
      positions: fc.array(
        fc.record({
          symbol: text,
          quantity: amount,
          marketValue: amount,
          averageEntryPrice: fc.option(amount),
        }),
      ),
      openOrders: fc.array(
        fc.record({
          clientOrderId: clientOrder,
          alpacaOrderId: alpacaOrder,
          symbol: text,
          side,
          quantity: amount,
          filledQuantity: amount,
        }),
      ),
    }),
    restHash: text,
    codeVersion: text,
    timedOut: fc.option(fc.dictionary(name, fc.nat(), { minKeys: 1 })),
    history: fc.option(
      fc.array(fc.record({ symbol: text, timeframe: text, positions: fc.array(fc.nat()), hash: text }), {
        minLength: 1,
      }),
    ),
  }),
  plan: fc.record({
    schema: fc.constant(PLAN_SCHEMA),
    decisions: fc.oneof(
      fc.array(anyDecision, { maxLength: 2 }),
      // enough of them to be compressed
      fc.array(anyDecision, { minLength: 10, maxLength: 40, size: 'max' }),
    ),
    outcomes: fc.array(fc.record({ position: count, code: text })),
    expired: range,
    nextCursor: count,
    circuits,
    cooldowns,
    observations: fc.array(fc.record({ metric: counted, count, properties: fc.dictionary(name, text) })),
  }),
})

/** Its decisions are those of its account, source, tick and target. */
export const anyCycle: fc.Arbitrary<CycleRecord> = anyCycleOfOthers.map(owning)

function owning(cycle: CycleRecord): CycleRecord {
  const { accountLabel: account, source, inputs, plan } = cycle
  const own = { accountLabel: account, source, tickAt: inputs.tickAt, brokerTarget: inputs.account.target }
  const decisions = plan.decisions.map((decision): Decision => {
    const id = decisionId(account, decision.signalId, decision.horizon, decision.origin)
    return Object.assign({}, decision, own, { decisionId: id, clientOrderId: clientOrderId(id) })
  })
  return { ...cycle, plan: { ...plan, decisions } }
}

const signal: fc.Arbitrary<Signal> = fc.record({
  source: name,
  symbol: text,
  timeframe: text,
  eventTs: instant,
  seq: count,
  ingestTs: orNull(instant),
  payload: fc.dictionary(name, fc.jsonValue()).map((payload) => JSON.parse(JSON.stringify(payload))),
})

export const anyRow = fc
  .record({ position: count, signal })
  .map(({ position, signal }) => ({ position, signal, signalId: signalId(signal) }))

export const anyFold: fc.Arbitrary<StoredFold> = fc.record({
  series: fc.record({ source: name, symbol: text, timeframe: text }),
  version: text,
  position: count,
  firstEnd: instant,
  lastEnd: instant,
  content: fc.string({ unit: 'binary', maxLength: 4000 }),
})

/** Durations in seconds with thousandths. */
function milli(value: number): number {
  return value / 1000
}

/** Properties of plans over arbitrary signals, strategies, accounts and settings. */
import { fc } from '../support/properties.ts'
import { describe, expect, it } from 'vitest'
import { serializePlan } from '../support/plan-text.ts'
import { type CycleInputs, planCycle } from '../../lib/plan/plan-cycle.ts'
import type { Decision } from '../../lib/domain/decision.ts'
import { type Decimal, asDecimal, decimal } from '../../lib/domain/decimal.ts'
import type { StrategyDefinition } from '../../lib/domain/strategy-definition.ts'
import {
  TICK,
  batchOf,
  compiled,
  eager,
  failing,
  openOrder,
  planInputs,
  position,
  settingsWith,
  signal,
  unsettledOrder,
} from '../support/plan-fixtures.ts'
import { aSnapshot } from '../support/state-samples.ts'
import { aStrategy } from '../support/strategy-fixtures.ts'

const RUNS = 200
const UNIT = 100_000_000n
const SYMBOLS = ['AAPL', 'IBM', 'BTC/USD']

const amount = (least: number, most: number) =>
  fc.integer({ min: least * 100, max: most * 100 }).map((cents) => String(cents / 100))
const symbol = fc.constantFrom(...SYMBOLS)
const side = fc.constantFrom('buy' as const, 'sell' as const)

const definitions = fc
  .array(
    fc.record({
      strategyType: fc.constantFrom('eager', 'legacy_macd_rsi', 'failing', 'missing'),
      enabled: fc.constantFrom(true, true, true, false),
      legacyFallback: fc.constantFrom(true, false, null),
      universeSymbols: fc.constantFrom(null, ['AAPL'], ['IBM', 'BTC/USD']),
      notional: amount(1, 9000),
      cap: fc.option(amount(1, 5000)),
      share: fc.option(fc.constantFrom('0.01', '0.1', '0.5')),
    }),
    { minLength: 1, maxLength: 5 },
  )
  .map((rows) =>
    rows.map(({ notional, cap, share, ...rest }, index): StrategyDefinition => {
      const params = {
        notional,
        ...(cap === null ? {} : { max_notional_per_trade: cap }),
        ...(share === null ? {} : { max_position_pct_equity: share }),
      }
      return { ...aStrategy(`s${index}`), ...rest, params }
    }),
  )

const signals = fc.array(
  fc
    .record({ symbol, price: fc.option(amount(0, 900)), macd: amount(-2, 2), rsi14: amount(0, 100) })
    .map(({ symbol: of, price, macd, rsi14 }) =>
      signal({ symbol: of, price, payload: { macd, macd_signal: '0', rsi14 } }),
    ),
  { maxLength: 12 },
)

const holdings = fc.record({
  buyingPower: amount(0, 20_000),
  positions: fc.uniqueArray(fc.tuple(symbol, amount(0, 40)), { selector: ([of]) => of, maxLength: 3 }),
  orders: fc.uniqueArray(fc.tuple(symbol, side, amount(1, 30)), {
    selector: ([of, way]) => `${of}${way}`,
    maxLength: 2,
  }),
  unsettled: fc.array(fc.tuple(symbol, side, amount(1, 30)), { maxLength: 2 }),
})

const settings = fc
  .record({
    TRADING_STRATEGY_RUNTIME_MODE: fc.constantFrom('legacy', 'plugin_v3', 'scheduler_v3'),
    TRADING_STRATEGY_SCHEDULER_ENABLED: fc.constantFrom('true', 'false'),
    TRADING_MAX_NOTIONAL_PER_TRADE: fc.constantFrom('none', '250', '3000'),
    TRADING_MAX_POSITION_PCT_EQUITY: fc.constantFrom('none', '0.02', '0.2'),
    TRADING_MAX_ORDERS_PER_CYCLE: fc.constantFrom('1', '3', '20'),
    TRADING_COOLDOWN_SECONDS: fc.constantFrom('0', '60'),
  })
  .map((values) => settingsWith({ ...values, TRADING_CRYPTO_ENABLED: 'true' }))

const cases = fc.record({ definitions, signals, holdings, settings })
type Case = typeof cases extends fc.Arbitrary<infer Value> ? Value : never

function inputsOf(given: Case): CycleInputs {
  const { buyingPower, positions, orders, unsettled } = given.holdings
  return planInputs({
    settings: given.settings,
    strategies: compiled(given.definitions, [eager, failing]),
    batch: batchOf(...given.signals),
    unsettled: unsettled.map(([of, way, quantity], index) => unsettledOrder(of, way, quantity, index)),
    snapshot: aSnapshot({
      balance: { buyingPower: decimal(buyingPower) },
      positions: positions.map(([of, quantity]) => position(of, quantity)),
      openOrders: orders.map(([of, way, quantity]) => openOrder(of, way, quantity)),
    }),
  })
}

const acceptedIn = (inputs: CycleInputs): readonly Decision[] =>
  planCycle(inputs).decisions.filter(({ outcome }) => outcome.kind === 'accepted')
/** In units of 1e-16, exact. */
const worth = ({ quantity, price }: Decision): bigint => quantity * (price ?? 0n)
const sum = (values: readonly bigint[]): bigint => values.reduce((total, value) => total + value, 0n)

function check(property: (inputs: CycleInputs, given: Case) => void): void {
  fc.assert(
    fc.property(cases, (given) => property(inputsOf(given), given)),
    { numRuns: RUNS },
  )
}

describe('every plan', () => {
  it('spends no more than the buying power on all it buys', () => {
    check((inputs) => {
      const buys = acceptedIn(inputs).filter((decision) => decision.side === 'buy')
      expect(sum(buys.map(worth)) <= inputs.snapshot.balance.buyingPower * UNIT).toBe(true)
    })
  })

  it('buys no position beyond its share of the equity, counting what is held and ordered', () => {
    check((inputs) => {
      const fraction = inputs.settings.maxPositionPctEquity
      const ordered = new Map<string, bigint>()
      const add = (of: string, quantity: Decimal) => ordered.set(of, (ordered.get(of) ?? 0n) + quantity)
      for (const held of inputs.snapshot.positions) add(held.symbol, held.quantity)
      for (const order of [...inputs.snapshot.openOrders, ...inputs.unsettled]) {
        if (order.side === 'buy') add(order.symbol, order.quantity)
      }
      for (const decision of acceptedIn(inputs)) {
        if (decision.side === 'sell') continue
        add(decision.symbol, decision.quantity)
        const value = (ordered.get(decision.symbol) ?? 0n) * (decision.price ?? 0n)
        const limit = fraction === null ? value : inputs.snapshot.balance.equity * fraction
        expect(value <= limit).toBe(true)
      }
    })
  })

  it('sells no more than is held and not being sold already', () => {
    check((inputs) => {
      for (const of of SYMBOLS) {
        const held = sum(
          inputs.snapshot.positions.filter((each) => each.symbol === of).map((each) => each.quantity),
        )
        const selling = sum(
          [...inputs.snapshot.openOrders, ...inputs.unsettled, ...acceptedIn(inputs)]
            .filter((each) => each.symbol === of && each.side === 'sell')
            .map((each) => each.quantity),
        )
        const before = sum(
          [...inputs.snapshot.openOrders, ...inputs.unsettled]
            .filter((each) => each.symbol === of && each.side === 'sell')
            .map((each) => each.quantity),
        )
        expect(selling === before || selling <= held).toBe(true)
      }
    })
  })

  it('takes no position through zero, long or short, and sells no coins that are not held', () => {
    const short = fc.record({ positions: holdings.map(({ positions }) => positions), shorts: fc.boolean() })
    fc.assert(
      fc.property(cases, short, (given, { positions, shorts }) => {
        const before = inputsOf({ ...given, holdings: { ...given.holdings, positions: [] } })
        const held = positions.map(([of, quantity], index) =>
          position(of, index % 2 === 0 || of.includes('/') ? quantity : `-${quantity}`),
        )
        const inputs = {
          ...before,
          settings: { ...before.settings, allowShorts: shorts },
          snapshot: { ...before.snapshot, positions: held },
        }
        for (const of of SYMBOLS) {
          const has = held.find((each) => each.symbol === of)?.quantity ?? 0n
          const closing = has < 0n ? 'buy' : 'sell'
          const ours = acceptedIn(inputs).filter((each) => each.symbol === of && each.side === closing)
          const open = [...inputs.snapshot.openOrders, ...inputs.unsettled].filter(
            (each) => each.symbol === of && each.side === closing,
          )
          const all = sum([...ours, ...open].map((each) => each.quantity))
          const mayOpen = has === 0n && !of.includes('/') && shorts
          expect(ours.length === 0 || mayOpen || all <= (has < 0n ? -BigInt(has) : has)).toBe(true)
        }
      }),
      { numRuns: RUNS },
    )
  })

  it('never holds orders on both sides of a symbol, and never too many', () => {
    check((inputs) => {
      const accepted = acceptedIn(inputs)
      expect(accepted.length).toBeLessThanOrEqual(inputs.settings.maxOrdersPerCycle)
      for (const decision of accepted) {
        const against = [...inputs.snapshot.openOrders, ...inputs.unsettled, ...accepted].filter(
          (other) => other.symbol === decision.symbol && other.side !== decision.side,
        )
        expect(against).toEqual([])
      }
    })
  })

  it('orders whole steps within every cap, and for one symbol once per cooldown', () => {
    check((inputs) => {
      const { maxNotionalPerTrade, cooldownSeconds } = inputs.settings
      const accepted = acceptedIn(inputs)
      for (const decision of accepted) {
        const remainder = decision.symbol.includes('/') ? 0n : decision.quantity % UNIT
        // only a sell may order a part of a share: what would be left of all that is held
        expect(decision.quantity > 0n && (remainder === 0n || decision.side === 'sell')).toBe(true)
        const whole = worth({ ...decision, quantity: asDecimal(decision.quantity - remainder) })
        expect(whole <= decision.targetNotional * UNIT).toBe(true)
        expect(maxNotionalPerTrade === null || whole <= maxNotionalPerTrade * UNIT).toBe(true)
      }
      const symbols = new Set(accepted.map((decision) => decision.symbol))
      expect(cooldownSeconds === 0 || symbols.size === accepted.length).toBe(true)
    })
  })

  it('gives each position one outcome, each decision one identity, and remembers what it accepted', () => {
    check((inputs) => {
      const plan = planCycle(inputs)
      expect(plan.outcomes.map((outcome) => outcome.position)).toEqual(
        inputs.batch.signals.map((logged) => logged.position),
      )
      expect(plan.nextCursor).toBe(inputs.batch.signals.length)
      expect(new Set(plan.decisions.map((decision) => decision.decisionId)).size).toBe(plan.decisions.length)
      const symbols = new Set(acceptedIn(inputs).map((decision) => decision.symbol))
      expect(plan.cooldowns).toEqual(Object.fromEntries([...symbols].map((of) => [of, TICK])))
    })
  })

  it('is the same, byte for byte, for equal inputs, whatever the order of the strategies', () => {
    check((inputs, given) => {
      const text = serializePlan(planCycle(inputs))
      expect(serializePlan(planCycle(inputsOf(structuredClone(given))))).toBe(text)
      expect(
        serializePlan(planCycle(inputsOf({ ...given, definitions: given.definitions.toReversed() }))),
      ).toBe(text)
    })
  })

  it('says something: the cases accept buys and sells and are denied for many reasons', () => {
    const outcomes = new Set<string>()
    for (const given of fc.sample(cases, { numRuns: RUNS, seed: 1 })) {
      for (const { side: way, outcome } of planCycle(inputsOf(given)).decisions) {
        outcomes.add(outcome.kind === 'accepted' ? `accepted ${way}` : outcome.reason)
      }
    }
    expect([...outcomes].sort()).toEqual([
      'accepted buy',
      'accepted sell',
      'cooldown_active',
      'insufficient_buying_power',
      'max_orders_exceeded',
      'max_position_pct_exceeded',
      'missing_price',
      'opposite_order_open',
      'qty_below_min',
      'shorts_not_allowed',
    ])
  })
})

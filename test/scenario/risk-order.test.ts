/** The documented order of the risk checks: of several reasons the earliest is given. */
import { describe, expect, it } from 'vitest'
import { alwaysOpen } from '../../lib/market/calendar/exchange-calendar.ts'
import { projectAccount } from '../../lib/plan/projection.ts'
import type { ProposedDecision, RiskContext } from '../../lib/plan/risk/context.ts'
import { RISK_CHECKS, evaluateRisk } from '../../lib/plan/risk/evaluate.ts'
import { decimal } from '../../lib/domain/decimal.ts'
import { PERMISSION_REASONS, QUANTITY_REASONS, type RiskReason } from '../../lib/domain/denied-reason.ts'
import { clientOrderId, decisionId, signalId } from '../../lib/domain/ids.ts'
import { plusSeconds } from '../../lib/domain/time.ts'
import {
  LABEL,
  TICK,
  account,
  openOrder,
  position,
  settingsWith,
  signal,
  unsettledOrder,
} from '../support/plan-fixtures.ts'
import { aSnapshot } from '../support/state-samples.ts'
import { aStrategy } from '../support/strategy-fixtures.ts'

interface World {
  readonly decision: ProposedDecision
  readonly context: RiskContext
}

const crypto = signal({ symbol: 'BTC/EUR', eventTs: plusSeconds(TICK, -301) })
const id = decisionId(LABEL, signalId(crypto), '1Min', 'aggregated')
const worstAccount = aSnapshot({
  balance: { equity: decimal('90000'), buyingPower: decimal('0'), tradingBlocked: true },
  positions: [position('BTC/USD', '1'), position('AAPL', '1')],
  openOrders: [openOrder('BTC/USD', 'buy', '1'), openOrder('AAPL', 'buy', '1')],
})
const unsettled = Array.from({ length: 21 }, (_, n) => unsettledOrder('IBM', 'buy', '1', n))

/** A sell of 10 BTC against euros, with everything against it at once. */
const worst: World = {
  decision: {
    decisionId: id,
    clientOrderId: clientOrderId(id),
    accountLabel: LABEL,
    signalId: signalId(crypto),
    position: 1,
    source: crypto.source,
    eventTs: crypto.eventTs,
    symbol: crypto.symbol,
    horizon: crypto.timeframe,
    origin: 'aggregated',
    side: 'sell',
    quantity: decimal('10'),
    price: null,
    timeInForce: 'gtc',
    limitPrice: null,
    confidence: decimal('0.5'),
    targetNotional: decimal('1000'),
    sourceStrategyIds: ['gone'],
    explain: [],
    brokerTarget: { mode: 'live', baseUrl: 'https://api.alpaca.markets' },
    tickAt: TICK,
  },
  context: {
    settings: settingsWith({
      TRADING_ENABLED: 'false',
      TRADING_STATIC_SYMBOLS: 'SPY',
      TRADING_MAX_NOTIONAL_PER_TRADE: '100',
      TRADING_MAX_POSITION_PCT_EQUITY: '0.001',
      TRADING_COOLDOWN_SECONDS: '60',
      TRADING_MAX_DAILY_LOSS_PCT: '0.01',
    }),
    account: account({ enabled: false }),
    killSwitchOn: true,
    calendar: { sessionAt: () => null },
    at: TICK,
    blockedByBroker: true,
    strategies: new Map(),
    projection: { ...projectAccount(worstAccount, unsettled), acceptedOrders: 1000 },
    cooldowns: new Map(['BTC/USD', 'AAPL'].map((symbol) => [symbol, TICK])),
  },
}

const setting =
  (changes: Partial<RiskContext['settings']>) =>
  (world: World): World =>
    around({ settings: { ...world.context.settings, ...changes } })(world)
const around =
  (changes: Partial<RiskContext>) =>
  (world: World): World => ({
    ...world,
    context: { ...world.context, ...changes },
  })
const deciding =
  (changes: Partial<ProposedDecision>) =>
  (world: World): World => ({
    ...world,
    decision: { ...world.decision, ...changes },
  })
const projecting =
  (changes: Partial<RiskContext['projection']>) =>
  (world: World): World =>
    around({ projection: { ...world.context.projection, ...changes } })(world)

/** How each reason is taken away, in the order of docs/architecture.md#decisions-and-risk. */
const remedies: readonly (readonly [RiskReason, (world: World) => World])[] = [
  ['kill_switch_on', around({ killSwitchOn: false })],
  ['trading_disabled', setting({ tradingEnabled: true })],
  ['live_not_enabled', setting({ mode: 'live', liveEnabled: true })],
  ['account_disabled', around({ account: account(), blockedByBroker: false })],
  ['crypto_trading_disabled', setting({ cryptoEnabled: true })],
  ['crypto_live_trading_disabled', setting({ cryptoLiveEnabled: true })],
  ['strategy_disabled', around({ strategies: new Map([['gone', aStrategy('gone')]]) })],
  ['symbol_not_allowed', setting({ staticSymbols: null })],
  ['quote_currency_unsupported', deciding({ symbol: 'BTC/USD' })],
  ['missing_price', deciding({ price: decimal('40000') })],
  ['signal_too_old', deciding({ eventTs: TICK })],
  ['session_closed', around({ calendar: alwaysOpen() })],
  ['max_notional_exceeded', setting({ maxNotionalPerTrade: null })],
  [
    'insufficient_buying_power',
    projecting({ buyingPower: decimal('1000000'), nonMarginableBuyingPower: decimal('1000000') }),
  ],
  ['max_position_pct_exceeded', setting({ maxPositionPctEquity: null })],
  // coins are never sold short
  ['shorts_not_allowed', (world) => setting({ allowShorts: true })(deciding({ symbol: 'AAPL' })(world))],
  ['cooldown_active', around({ cooldowns: new Map() })],
  [
    'opposite_order_open',
    projecting({ holdings: projectAccount(aSnapshot({ positions: worstAccount.positions }), []).holdings }),
  ],
  ['max_orders_exceeded', projecting({ acceptedOrders: 0 })],
  ['daily_loss_exceeded', setting({ maxDailyLossPct: null })],
  ['too_many_unsettled', projecting({ unsettledOrders: 20 })],
]

const documented = remedies.map(([reason]) => reason)
const sized = { quantity: decimal('10'), denied: null }

describe('the order of risk checks', () => {
  it('is the documented one: of all reasons at once the earliest is given, and so on down to none', () => {
    let world = worst
    const found: (string | null)[] = []
    for (const [, remedy] of remedies) {
      found.push(evaluateRisk(world.decision, sized, world.context))
      world = remedy(world)
    }
    expect(found).toEqual(documented)
    expect([...PERMISSION_REASONS, ...QUANTITY_REASONS]).toEqual(documented)
    expect(evaluateRisk(world.decision, sized, world.context)).toBeNull()
  })

  it('has one check per reason, which knows no other reason', () => {
    expect(Object.keys(RISK_CHECKS).sort()).toEqual(documented.toSorted())
    let world = worst
    for (const [reason, remedy] of remedies) {
      expect(RISK_CHECKS[reason](world.decision, world.context)).toBe(reason)
      world = remedy(world)
      expect(RISK_CHECKS[reason](world.decision, world.context)).toBeNull()
    }
  })

  it('puts what sizing found behind permission and before the checks of the quantity', () => {
    const nothing = { quantity: decimal('0'), denied: 'qty_below_min' as const }
    let world = worst
    expect(evaluateRisk(world.decision, nothing, world.context)).toBe('kill_switch_on')
    for (const [reason, remedy] of remedies) {
      if (reason === 'max_notional_exceeded') break
      world = remedy(world)
    }
    expect(evaluateRisk(world.decision, nothing, world.context)).toBe('qty_below_min')
    expect(evaluateRisk(world.decision, sized, world.context)).toBe('max_notional_exceeded')
  })

  it('strategy_disabled: one strategy behind the decision is not among those that the account trades', () => {
    const traded = around({ strategies: new Map([['a', aStrategy('a')]]) })(worst).context
    const behind = (...ids: string[]) => deciding({ sourceStrategyIds: ids })(worst).decision
    expect(RISK_CHECKS.strategy_disabled(behind('a'), traded)).toBeNull()
    expect(RISK_CHECKS.strategy_disabled(behind('a', 'b'), traded)).toBe('strategy_disabled')
  })

  it('max_notional_exceeded: worth more than the global cap, unless it only reduces a position', () => {
    const { context } = setting({ maxNotionalPerTrade: decimal('100') })(worst)
    const order = (side: 'buy' | 'sell', quantity: string, price: string) =>
      deciding({ symbol: 'BTC/USD', side, quantity: decimal(quantity), price: decimal(price) })(worst)
        .decision
    expect(RISK_CHECKS.max_notional_exceeded(order('buy', '0.5', '200'), context)).toBeNull()
    expect(RISK_CHECKS.max_notional_exceeded(order('buy', '0.5', '200.00000002'), context)).toBe(
      'max_notional_exceeded',
    )
    expect(RISK_CHECKS.max_notional_exceeded(order('sell', '1', '40000'), context)).toBeNull()
    expect(RISK_CHECKS.max_notional_exceeded(order('sell', '1.00000001', '40000'), context)).toBe(
      'max_notional_exceeded',
    )
  })
})

/** Each risk rule through a plan, where it denies and where it just does not. */
import { describe, expect, it } from 'vitest'
import { type CycleInputs, planCycle } from '../../lib/plan/plan-cycle.ts'
import { decimal, formatDecimal } from '../../lib/domain/decimal.ts'
import type { RawValues } from '../../lib/domain/settings.ts'
import { instant, plusSeconds } from '../../lib/domain/time.ts'
import {
  BUY,
  SELL,
  TICK,
  account,
  batchOf,
  compiled,
  lane,
  logged,
  openOrder,
  planInputs,
  position,
  settingsWith,
  signal,
  unsettledOrder,
} from '../support/plan-fixtures.ts'
import { aSnapshot } from '../support/state-samples.ts'
import { aStrategy } from '../support/strategy-fixtures.ts'

/** Per decision: what it would do, and how it ended. */
function outcomes(changes: Partial<CycleInputs>): string[] {
  return planCycle(planInputs(changes)).decisions.map(
    ({ side, symbol, quantity, outcome }) =>
      `${side} ${formatDecimal(quantity)} ${symbol}: ${outcome.kind === 'accepted' ? 'accepted' : outcome.reason}`,
  )
}

const buyOf = (symbol: string, price = 50) => signal({ symbol, price, payload: BUY })
const sellOf = (symbol: string, price = 50) => signal({ symbol, price, payload: SELL })
const unsettled = (count: number) =>
  Array.from({ length: count }, (_, n) => unsettledOrder('IBM', 'buy', '1', n))

describe('permission', () => {
  it('kill_switch_on: decisions are still made, and denied', () => {
    const plan = planCycle(planInputs({ killSwitchOn: true }))
    expect(plan.decisions[0]?.outcome).toEqual({ kind: 'denied', reason: 'kill_switch_on', figures: null })
    expect(plan.nextCursor).toBe(1)
  })

  it('trading_disabled: TRADING_ENABLED is not true', () => {
    expect(outcomes({ settings: settingsWith({ TRADING_ENABLED: 'false' }) })).toEqual([
      'buy 20 AAPL: trading_disabled',
    ])
  })

  it('live_not_enabled: a live account needs TRADING_MODE=live and TRADING_LIVE_ENABLED, both', () => {
    const live = account({ target: { mode: 'live', baseUrl: 'https://api.alpaca.markets' } })
    const under = (settings: RawValues) => outcomes({ account: live, settings: settingsWith(settings) })
    expect(under({})).toEqual(['buy 20 AAPL: live_not_enabled'])
    expect(under({ TRADING_LIVE_ENABLED: 'true' })).toEqual(['buy 20 AAPL: live_not_enabled'])
    expect(under({ TRADING_MODE: 'live' })).toEqual(['buy 20 AAPL: live_not_enabled'])
    expect(under({ TRADING_MODE: 'live', TRADING_LIVE_ENABLED: 'true' })).toEqual(['buy 20 AAPL: accepted'])
  })

  it('account_disabled: by the registry, or blocked by the broker', () => {
    expect(outcomes({ account: account({ enabled: false }) })).toEqual(['buy 20 AAPL: account_disabled'])
    expect(outcomes({ snapshot: aSnapshot({ balance: { tradingBlocked: true } }) })).toEqual([
      'buy 20 AAPL: account_disabled',
    ])
  })

  it('crypto_trading_disabled and crypto_live_trading_disabled: crypto needs a flag, live crypto another', () => {
    const batch = batchOf(buyOf('BTC/USD', 40_000))
    const live = account({ target: { mode: 'live', baseUrl: 'https://api.alpaca.markets' } })
    const bothKeys = { TRADING_MODE: 'live', TRADING_LIVE_ENABLED: 'true' }
    const crypto = { TRADING_CRYPTO_ENABLED: 'true' }
    expect(outcomes({ batch })).toEqual(['buy 0.025 BTC/USD: crypto_trading_disabled'])
    expect(outcomes({ batch, settings: settingsWith(crypto) })).toEqual(['buy 0.025 BTC/USD: accepted'])
    expect(outcomes({ batch, account: live, settings: settingsWith({ ...crypto, ...bothKeys }) })).toEqual([
      'buy 0.025 BTC/USD: crypto_live_trading_disabled',
    ])
    expect(
      outcomes({
        batch,
        account: live,
        settings: settingsWith({ ...crypto, ...bothKeys, TRADING_CRYPTO_LIVE_ENABLED: 'true' }),
      }),
    ).toEqual(['buy 0.025 BTC/USD: accepted'])
  })

  it('symbol_not_allowed: TRADING_STATIC_SYMBOLS does not name it', () => {
    const settings = settingsWith({ TRADING_STATIC_SYMBOLS: 'SPY,IBM' })
    expect(outcomes({ settings, batch: batchOf(buyOf('AAPL'), buyOf('IBM')) })).toEqual([
      'buy 20 AAPL: symbol_not_allowed',
      'buy 20 IBM: accepted',
    ])
  })

  it('quote_currency_unsupported: a pair that is quoted in anything but dollars', () => {
    const settings = settingsWith({ TRADING_CRYPTO_ENABLED: 'true' })
    const pairs = ['ETH/BTC', 'BTC/EUR', 'ETH/USDC', 'ETH/USDT']
    expect(outcomes({ settings, batch: batchOf(...pairs.map((pair) => buyOf(pair))) })).toEqual([
      'buy 20 ETH/BTC: quote_currency_unsupported',
      'buy 20 BTC/EUR: quote_currency_unsupported',
      'buy 20 ETH/USDC: accepted',
      'buy 20 ETH/USDT: accepted',
    ])
  })

  it('missing_price: the legacy rule decides without one, but nothing can be ordered', () => {
    const settings = settingsWith({ TRADING_STRATEGY_RUNTIME_MODE: 'legacy' })
    expect(outcomes({ settings, batch: batchOf(signal({ price: null })) })).toEqual([
      'buy 0 AAPL: missing_price',
    ])
    expect(outcomes({ batch: batchOf(signal({ price: 0 }), signal({ price: -3 })) })).toEqual([
      'buy 0 AAPL: missing_price',
      'buy 0 AAPL: missing_price',
    ])
  })

  it('signal_too_old: older than TRADING_SIGNAL_MAX_AGE_SECONDS at the tick', () => {
    const aged = (seconds: number) => batchOf(signal({ eventTs: plusSeconds(TICK, -seconds) }))
    expect(outcomes({ batch: aged(300) })).toEqual(['buy 20 AAPL: accepted'])
    expect(outcomes({ batch: aged(300.001) })).toEqual(['buy 20 AAPL: signal_too_old'])
    const settings = settingsWith({ TRADING_SIGNAL_MAX_AGE_SECONDS: '301' })
    expect(outcomes({ settings, batch: aged(301) })).toEqual(['buy 20 AAPL: accepted'])
  })

  it('session_closed: no regular session at the tick; crypto has no sessions', () => {
    const tickAt = instant('2024-07-03T17:05:00Z')
    const settings = settingsWith({ TRADING_CRYPTO_ENABLED: 'true' })
    const batch = batchOf(
      { ...buyOf('AAPL'), eventTs: tickAt },
      { ...buyOf('BTC/USD', 40_000), eventTs: tickAt },
    )
    expect(outcomes({ tickAt, settings, batch })).toEqual([
      'buy 20 AAPL: session_closed',
      'buy 0.025 BTC/USD: accepted',
    ])
  })
})

describe('quantity', () => {
  it('qty_below_min: less than one share, never rounded up', () => {
    expect(outcomes({ batch: batchOf(buyOf('AAPL', 1000.5)) })).toEqual(['buy 0 AAPL: qty_below_min'])
  })

  it('insufficient_buying_power: what earlier orders of the plan cost is gone', () => {
    // 1000 + 1000 of 2500; the third would need 1000 of the remaining 500
    const poor = aSnapshot({ balance: { buyingPower: decimal('2500') } })
    expect(outcomes({ snapshot: poor, batch: batchOf(buyOf('AAPL'), buyOf('IBM'), buyOf('SPY')) })).toEqual([
      'buy 20 AAPL: accepted',
      'buy 20 IBM: accepted',
      'buy 20 SPY: insufficient_buying_power',
    ])
  })

  it('insufficient_buying_power: coins are bought within what is not lent', () => {
    const settings = settingsWith({ TRADING_CRYPTO_ENABLED: 'true' })
    const batch = batchOf(buyOf('BTC/USD', 40_000), buyOf('BTC/USD', 40_000), buyOf('AAPL'))
    const holding = (nonMarginable: string | null) =>
      aSnapshot({
        balance: {
          buyingPower: decimal('4000'),
          nonMarginableBuyingPower: nonMarginable === null ? null : decimal(nonMarginable),
        },
      })
    // 1000 + 1000 of 1999; shares may still be bought on margin
    expect(outcomes({ settings, batch, snapshot: holding('1999') })).toEqual([
      'buy 0.025 BTC/USD: accepted',
      'buy 0.025 BTC/USD: insufficient_buying_power',
      'buy 20 AAPL: accepted',
    ])
    expect(outcomes({ settings, batch, snapshot: holding(null) })).toEqual([
      'buy 0.025 BTC/USD: insufficient_buying_power',
      'buy 0.025 BTC/USD: insufficient_buying_power',
      'buy 20 AAPL: accepted',
    ])
  })

  it('insufficient_buying_power: an unsettled buy may have taken its part already', () => {
    // 1500 less 20 shares at 50, whose order the broker does not list, leaves 500
    const poor = aSnapshot({ balance: { buyingPower: decimal('1500') } })
    expect(outcomes({ snapshot: poor, unsettled: [unsettledOrder('AAPL', 'buy', '20')] })).toEqual([
      'buy 20 AAPL: insufficient_buying_power',
    ])
  })

  it('insufficient_buying_power: an unsettled buy is paid for once', () => {
    // 3000 less 1000 for the unsettled buy pay for two more of 1000
    const poor = aSnapshot({ balance: { buyingPower: decimal('3000') } })
    const batch = batchOf(buyOf('AAPL'), buyOf('AAPL'), buyOf('AAPL'))
    expect(outcomes({ batch, snapshot: poor, unsettled: [unsettledOrder('AAPL', 'buy', '20')] })).toEqual([
      'buy 20 AAPL: accepted',
      'buy 20 AAPL: accepted',
      'buy 20 AAPL: insufficient_buying_power',
    ])
  })

  it('insufficient_buying_power: selling what is held, or buying back what is owed, needs none', () => {
    const broke = (held: string) =>
      aSnapshot({ balance: { buyingPower: decimal('0') }, positions: [position('AAPL', held)] })
    expect(outcomes({ snapshot: broke('30'), batch: batchOf(sellOf('AAPL')) })).toEqual([
      'sell 20 AAPL: accepted',
    ])
    // the second one would take the position through zero: it waits until the first has bought back what is owed
    expect(outcomes({ snapshot: broke('-20'), batch: batchOf(buyOf('AAPL'), buyOf('AAPL')) })).toEqual([
      'buy 20 AAPL: accepted',
      'buy 0 AAPL: qty_below_min',
    ])
  })

  it('max_position_pct_exceeded: with what is held and what open orders will buy', () => {
    // 2 % of 100,000 are 40 shares at 50
    const settings = settingsWith({ TRADING_MAX_POSITION_PCT_EQUITY: '0.02' })
    const holding = (held: string, open: string) =>
      aSnapshot({ positions: [position('AAPL', held)], openOrders: [openOrder('AAPL', 'buy', open, '5')] })
    expect(outcomes({ settings, snapshot: holding('10', '15') })).toEqual(['buy 20 AAPL: accepted'])
    expect(outcomes({ settings, snapshot: holding('10', '16') })).toEqual([
      'buy 20 AAPL: max_position_pct_exceeded',
    ])
    expect(outcomes({ settings, batch: batchOf(buyOf('AAPL'), buyOf('AAPL'), buyOf('AAPL')) })).toEqual([
      'buy 20 AAPL: accepted',
      'buy 20 AAPL: accepted',
      'buy 20 AAPL: max_position_pct_exceeded',
    ])
  })

  it('max_position_pct_exceeded: also the strategies’ own shares, together', () => {
    const params = { max_notional_per_trade: '1000', max_position_pct_equity: '0.01' }
    const one = compiled([aStrategy('s1', { params })])
    const two = compiled([aStrategy('s1', { params }), aStrategy('s2', { params })])
    const held = aSnapshot({ positions: [position('AAPL', '1')] })
    // 1 % of 100,000 are 20 shares; one is held
    expect(outcomes({ strategies: one, snapshot: held })).toEqual(['buy 20 AAPL: max_position_pct_exceeded'])
    expect(outcomes({ strategies: one })).toEqual(['buy 20 AAPL: accepted'])
    expect(outcomes({ strategies: two })).toEqual(['buy 40 AAPL: accepted'])
  })

  it('max_position_pct_exceeded: a position over its share can still be reduced', () => {
    const settings = settingsWith({ TRADING_MAX_POSITION_PCT_EQUITY: '0.02' })
    const over = aSnapshot({ positions: [position('AAPL', '500')] })
    expect(outcomes({ settings, snapshot: over, batch: batchOf(sellOf('AAPL')) })).toEqual([
      'sell 20 AAPL: accepted',
    ])
  })

  it('shorts_not_allowed: a sell without a position, or of what is being sold already', () => {
    const batch = batchOf(sellOf('AAPL'))
    const selling = aSnapshot({
      positions: [position('AAPL', '30')],
      openOrders: [openOrder('AAPL', 'sell', '20')],
    })
    expect(outcomes({ batch })).toEqual(['sell 0 AAPL: shorts_not_allowed'])
    expect(outcomes({ batch, settings: settingsWith({ TRADING_ALLOW_SHORTS: 'true' }) })).toEqual([
      'sell 20 AAPL: accepted',
    ])
    expect(outcomes({ batch, snapshot: selling })).toEqual(['sell 10 AAPL: accepted'])
    expect(outcomes({ batch: batchOf(sellOf('AAPL'), sellOf('AAPL')), snapshot: selling })).toEqual([
      'sell 10 AAPL: accepted',
      'sell 0 AAPL: shorts_not_allowed',
    ])
  })

  it('no order takes a position through zero: the rest comes with a later signal', () => {
    const settings = settingsWith({ TRADING_ALLOW_SHORTS: 'true' })
    const holding = (quantity: string) => aSnapshot({ positions: [position('AAPL', quantity)] })
    const sells = batchOf(sellOf('AAPL'), sellOf('AAPL'))
    expect(outcomes({ settings, batch: sells, snapshot: holding('8') })).toEqual([
      'sell 8 AAPL: accepted',
      'sell 0 AAPL: qty_below_min',
    ])
    expect(outcomes({ settings, batch: batchOf(buyOf('AAPL')), snapshot: holding('-8') })).toEqual([
      'buy 8 AAPL: accepted',
    ])
    // flat: the later signal opens the other side
    expect(outcomes({ settings, batch: sells })).toEqual(['sell 20 AAPL: accepted', 'sell 20 AAPL: accepted'])
  })

  it('shorts_not_allowed: coins are never sold beyond what is held', () => {
    const settings = settingsWith({ TRADING_CRYPTO_ENABLED: 'true', TRADING_ALLOW_SHORTS: 'true' })
    const batch = batchOf(sellOf('BTC/USD', 40_000), sellOf('BTC/USD', 40_000))
    const holding = (quantity: string) => aSnapshot({ positions: [position('BTC/USD', quantity)] })
    expect(outcomes({ settings, batch, snapshot: holding('0.01') })).toEqual([
      'sell 0.01 BTC/USD: accepted',
      'sell 0 BTC/USD: shorts_not_allowed',
    ])
    expect(outcomes({ settings, batch: batchOf(sellOf('BTC/USD', 40_000)) })).toEqual([
      'sell 0 BTC/USD: shorts_not_allowed',
    ])
  })

  it('a sell takes the remainder of less than one share with it', () => {
    const batch = batchOf(sellOf('AAPL'))
    const holding = (quantity: string) => aSnapshot({ positions: [position('AAPL', quantity)] })
    expect(outcomes({ batch, snapshot: holding('20.75') })).toEqual(['sell 20.75 AAPL: accepted'])
    expect(outcomes({ batch, snapshot: holding('0.25') })).toEqual(['sell 0.25 AAPL: accepted'])
    const [decision] = planCycle(planInputs({ batch, snapshot: holding('0.25') })).decisions
    expect(decision?.timeInForce).toBe('day')
  })

  it('shorts_not_allowed: a short sale uses buying power and counts against the position’s share', () => {
    const batch = batchOf(sellOf('AAPL'))
    const shorts = { TRADING_ALLOW_SHORTS: 'true' }
    const poor = aSnapshot({ balance: { buyingPower: decimal('999') } })
    expect(outcomes({ batch, settings: settingsWith(shorts), snapshot: poor })).toEqual([
      'sell 20 AAPL: insufficient_buying_power',
    ])
    const settings = settingsWith({ ...shorts, TRADING_MAX_POSITION_PCT_EQUITY: '0.02' })
    const short = aSnapshot({ positions: [position('AAPL', '-21')] })
    expect(outcomes({ batch, settings, snapshot: short })).toEqual([
      'sell 20 AAPL: max_position_pct_exceeded',
    ])
  })
})

describe('pace and state of the account', () => {
  it('cooldown_active: per symbol, either side, until the cooldown is over', () => {
    const settings = settingsWith({ TRADING_COOLDOWN_SECONDS: '120' })
    const cooling = (seconds: number) => lane({ cooldowns: { AAPL: plusSeconds(TICK, -seconds) } })
    const batch = batchOf(buyOf('AAPL'), buyOf('IBM'))
    expect(outcomes({ settings, batch, lane: cooling(119) })).toEqual([
      'buy 20 AAPL: cooldown_active',
      'buy 20 IBM: accepted',
    ])
    expect(outcomes({ settings, batch, lane: cooling(120) })).toEqual([
      'buy 20 AAPL: accepted',
      'buy 20 IBM: accepted',
    ])
    expect(outcomes({ settings, batch: batchOf(buyOf('AAPL'), buyOf('AAPL')) })).toEqual([
      'buy 20 AAPL: accepted',
      'buy 20 AAPL: cooldown_active',
    ])
  })

  it('opposite_order_open: at the broker, unsettled, or accepted earlier in the plan', () => {
    const held = [position('AAPL', '50')]
    const batch = batchOf(sellOf('AAPL'))
    const open = aSnapshot({ positions: held, openOrders: [openOrder('AAPL', 'buy', '1')] })
    expect(outcomes({ batch, snapshot: open })).toEqual(['sell 20 AAPL: opposite_order_open'])
    expect(
      outcomes({
        batch,
        snapshot: aSnapshot({ positions: held }),
        unsettled: [unsettledOrder('AAPL', 'buy', '1')],
      }),
    ).toEqual(['sell 20 AAPL: opposite_order_open'])
    expect(
      outcomes({ batch: batchOf(buyOf('AAPL'), sellOf('AAPL')), snapshot: aSnapshot({ positions: held }) }),
    ).toEqual(['buy 20 AAPL: accepted', 'sell 20 AAPL: opposite_order_open'])
    const filled = aSnapshot({ positions: held, openOrders: [openOrder('AAPL', 'buy', '9', '9')] })
    expect(outcomes({ batch, snapshot: filled })).toEqual(['sell 20 AAPL: accepted'])
  })

  it('max_orders_exceeded: TRADING_MAX_ORDERS_PER_CYCLE accepted orders; denied ones do not count', () => {
    const settings = settingsWith({ TRADING_MAX_ORDERS_PER_CYCLE: '2' })
    const batch = batchOf(buyOf('AAPL'), sellOf('IBM'), buyOf('SPY'), buyOf('BAC'))
    expect(outcomes({ settings, batch })).toEqual([
      'buy 20 AAPL: accepted',
      'sell 0 IBM: shorts_not_allowed',
      'buy 20 SPY: accepted',
      'buy 20 BAC: max_orders_exceeded',
    ])
  })

  it('daily_loss_exceeded: nothing new is opened, positions can be reduced', () => {
    const settings = settingsWith({ TRADING_MAX_DAILY_LOSS_PCT: '0.03' })
    const lost = (equity: string) =>
      aSnapshot({ balance: { equity: decimal(equity) }, positions: [position('IBM', '50')] })
    const batch = batchOf(buyOf('AAPL'), sellOf('IBM'))
    expect(outcomes({ settings, batch, snapshot: lost('97000.01') })).toEqual([
      'buy 20 AAPL: accepted',
      'sell 20 IBM: accepted',
    ])
    expect(outcomes({ settings, batch, snapshot: lost('97000') })).toEqual([
      'buy 20 AAPL: daily_loss_exceeded',
      'sell 20 IBM: accepted',
    ])
  })

  it('too_many_unsettled: more than 20 orders whose fate is not known', () => {
    expect(outcomes({ unsettled: unsettled(20) })).toEqual(['buy 20 AAPL: accepted'])
    expect(outcomes({ unsettled: unsettled(21) })).toEqual(['buy 20 AAPL: too_many_unsettled'])
  })

  it('counts an unsettled order that the broker lists only once', () => {
    const order = openOrder('AAPL', 'sell', '30')
    const batch = { signals: logged([sellOf('AAPL')]), expired: null }
    const listed = aSnapshot({ positions: [position('AAPL', '40')], openOrders: [order] })
    const { clientOrderId, symbol, side, quantity } = order
    expect(
      outcomes({ batch, snapshot: listed, unsettled: [{ clientOrderId, symbol, side, quantity }] }),
    ).toEqual(['sell 10 AAPL: accepted'])
  })
})

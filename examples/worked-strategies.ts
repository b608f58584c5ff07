// Three strategies worked through, with the indicators that they need (docs/plugins.md#three-worked-strategies):
//
//   npx torghut dev --bars BARS.csv --plugins examples/worked-strategies.ts --strategies examples/worked-strategies.yaml
//
// Each looks at the position first: whether it is to be closed, then whether one is to be opened. A position belongs to
// the account, so give each of them an account of its own where they trade the same symbols.
import {
  type Decimal,
  type PluginIntent,
  type StrategyContext,
  abs,
  add,
  decimal,
  defineIndicator,
  definePlugin,
  div,
  max,
  min,
  mul,
  neg,
  sub,
} from 'torghut/plugin'

const ATR_BARS = 14
const CHANNEL_BARS = 20
const SURE = decimal('0.9')

/** A parameter of the strategies file as a Decimal. */
function parameter({ params }: StrategyContext, name: string, fallback: string): Decimal {
  const given = params[name]
  return decimal(typeof given === 'string' || typeof given === 'number' ? given : fallback)
}

function close(reason: string): PluginIntent {
  return { close: true, confidence: SURE, explain: [reason] }
}

/**
 * The average true range by Wilder's rule: the mean of the first 14 true ranges, then (13 x before + new) / 14. The true range
 * is how far the price moved in a bar, the gap from the close before included.
 */
interface Range {
  readonly bars: number
  readonly close: Decimal | null
  /** The sum while fewer than 14 are known, then the average. */
  readonly range: Decimal
}

const averageTrueRange = defineIndicator<Range>({
  names: ['atr14'],
  initial: () => ({ bars: 0, close: null, range: decimal('0') }),
  next: ({ bars, close: before, range }, { high, low, close: now }) => {
    const [top, bottom] = [high ?? now, low ?? now]
    const gap = before ?? now
    const moved = max(sub(top, bottom), abs(top - gap), abs(bottom - gap))
    if (bars < ATR_BARS) {
      const sum = add(range, moved)
      const complete = bars + 1 === ATR_BARS
      return { bars: bars + 1, close: now, range: complete ? div(sum, decimal(ATR_BARS)) : sum }
    }
    const kept = mul(range, decimal(ATR_BARS - 1))
    return { bars, close: now, range: div(add(kept, moved), decimal(ATR_BARS)) }
  },
  values: ({ bars, range }) => (bars < ATR_BARS ? {} : { atr14: range }),
})

/** The highest high and the lowest low of the 20 bars before this one: a breakout goes beyond them. */
interface Channel {
  readonly before: readonly (readonly [high: Decimal, low: Decimal])[]
  readonly present: readonly [high: Decimal, low: Decimal] | null
}

const channel = defineIndicator<Channel>({
  names: ['highest20', 'lowest20'],
  initial: () => ({ before: [], present: null }),
  next: ({ before, present }, { high, low, close: now }) => ({
    before: present === null ? before : [...before, present].slice(-CHANNEL_BARS),
    present: [high ?? now, low ?? now],
  }),
  values: ({ before }) => {
    const [first, ...others] = before
    if (first === undefined || before.length < CHANNEL_BARS) return {}
    return {
      highest20: max(first[0], ...others.map(([high]) => high)),
      lowest20: min(first[1], ...others.map(([, low]) => low)),
    }
  },
})

export const indicators = [averageTrueRange, channel]

/**
 * Buys what fell below the session's volume-weighted average price, and leaves at a target or a stop, both measured from what
 * was paid. Parameters, as fractions: entry (0.004), target (0.004), stop (0.006); notional (10000).
 */
const vwapReversion = definePlugin({
  pluginId: 'vwap_reversion',
  version: '1.0.0',
  requiredFeatures: ['vwap_session'],
  needs: 'price',
  evaluate(context, { values: { price, vwap_session: vwap } }) {
    const { quantity, averageEntryPrice: paid, openBuys } = context.position
    if (quantity > 0n && paid !== null) {
      const gained = div(price - paid, paid)
      if (gained >= parameter(context, 'target', '0.004')) return close('target')
      return gained <= neg(parameter(context, 'stop', '0.006')) ? close('stop') : null
    }
    // an order that is under way counts as a position: otherwise each bar would buy again
    if (quantity !== 0n || openBuys > 0n) return null
    const below = div(vwap - price, vwap)
    if (below < parameter(context, 'entry', '0.004')) return null
    const confidence = min(add(decimal('0.5'), mul(below, decimal('20'))), SURE)
    const targetNotional = parameter(context, 'notional', '10000')
    return { direction: 'buy', confidence, targetNotional, explain: ['below_vwap'] }
  },
})

/**
 * Holds while the short average is above the long one. The size follows the average true range: a fall of `stop` ranges
 * should cost `risk` of the equity, whatever the symbol's temper. Parameters: risk (0.01), stop (2).
 */
const averageCross = definePlugin({
  pluginId: 'average_cross',
  version: '1.0.0',
  requiredFeatures: ['ema12', 'ema26', 'custom.atr14'],
  needs: 'price',
  evaluate(context, { values: { price, ema12, ema26 }, custom: { atr14 } }) {
    const { quantity, openBuys } = context.position
    if (quantity > 0n) return ema12 < ema26 ? close('averages_crossed_down') : null
    if (quantity !== 0n || openBuys > 0n || ema12 <= ema26 || typeof atr14 === 'string') return null
    const distance = mul(atr14, parameter(context, 'stop', '2'))
    if (distance <= 0n) return null
    const shares = div(mul(context.account.equity, parameter(context, 'risk', '0.01')), distance)
    // no more than the account's own money buys
    const targetNotional = min(mul(shares, price), context.account.equity)
    return { direction: 'buy', confidence: decimal('0.6'), targetNotional, explain: ['averages_crossed_up'] }
  },
})

/**
 * Buys a close above the 20 bars before it; leaves when the price is `trail` average true ranges below the highest of them
 * (Le Beau's chandelier exit), which only follows upwards while a trend lasts. Parameters: trail (3), notional (10000).
 */
const channelBreakout = definePlugin({
  pluginId: 'channel_breakout',
  version: '1.0.0',
  requiredFeatures: ['custom.atr14', 'custom.highest20'],
  needs: 'price',
  evaluate(context, { values: { price }, custom: { atr14, highest20 } }) {
    if (typeof atr14 === 'string' || typeof highest20 === 'string') return null
    const { quantity, openBuys } = context.position
    if (quantity > 0n) {
      const trail = sub(highest20, mul(atr14, parameter(context, 'trail', '3')))
      return price < trail ? close('trailing_exit') : null
    }
    if (quantity !== 0n || openBuys > 0n || price <= highest20) return null
    const targetNotional = parameter(context, 'notional', '10000')
    return { direction: 'buy', confidence: decimal('0.6'), targetNotional, explain: ['breakout'] }
  },
})

export const plugins = [vwapReversion, averageCross, channelBreakout]

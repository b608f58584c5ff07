// Two strategy plugins, as a starting point for your own.
//
//   npx torghut dev --plugins examples/plugins.mjs --strategies examples/strategies.yaml
//
// A module exports `plugins`: an array, or a function that gets the SDK and returns an array. A plugin is
// asked once per signal and strategy, and answers
//   - an intent    { direction, confidence, targetNotional, explain }: what the strategy wants,
//   - null         it looked and wants nothing,
//   - an exception it cannot tell. Only then does the strategy fall back to the legacy MACD/RSI rule (if
//                  `legacy_fallback` allows it), and repeated exceptions open the strategy's circuit: it is
//                  not asked again until the cool-down has passed. No other strategy notices.
//
// All amounts are Decimals: whole numbers (bigint) of 0.00000001, so `+ - < >` work as they are. Multiply and
// divide with the SDK's `mul` and `div`, make them from text with `decimal('0.5')`; a plain number is refused.
// A plugin must depend on nothing but its arguments: no clock, no randomness, no network, no memory of
// earlier calls. That is what lets an interrupted cycle be repeated, and a replay be trusted.

/** @param {{decimal: Function, mul: Function, div: Function, min: Function, max: Function}} sdk */
export const plugins = ({ decimal, mul, div, min }) => {
  const ZERO = decimal('0')
  const ONE = decimal('1')

  /** A parameter of the strategy file as a Decimal. */
  const parameter = (params, name, fallback) => decimal(params[name] ?? fallback)

  /**
   * Where the price stands in its Bollinger bands: 0 is the middle, 1 the upper band, -1 the lower one.
   * Null while the bands have no width (a price that does not move).
   */
  const positionInBands = ({ price, boll_mid, boll_upper }) =>
    boll_upper > boll_mid ? div(price - boll_mid, boll_upper - boll_mid) : null

  /** 0.55 at the threshold, more beyond it, at most 0.9. */
  const confidenceBeyond = (value, threshold) =>
    min(decimal('0.55') + mul(value - threshold, decimal('0.5')), decimal('0.9'))

  /**
   * Mean reversion: what fell out of its bands tends to come back. Buys low, sells high.
   * Parameters: entry (0.9), notional (10000).
   */
  const bandReversion = {
    pluginId: 'band_reversion',
    // An exact version. Strategies name it; change the rule, raise the version, keep the old one if it is used.
    version: '1.0.0',
    // `price`, `macd`, `macd_signal` and `rsi14` are always there. A signal without one of the features named
    // here does not reach `evaluate`.
    requiredFeatures: ['boll_mid', 'boll_upper', 'boll_lower'],
    evaluate({ params }, { values }) {
      const position = positionInBands(values)
      const entry = parameter(params, 'entry', '0.9')
      if (position === null) return null
      if (position <= -entry) {
        return {
          direction: 'buy',
          confidence: confidenceBeyond(-position, entry),
          targetNotional: parameter(params, 'notional', '10000'),
          // Shown by `torghut decisions`: the most important reason first.
          explain: ['below_lower_band'],
        }
      }
      if (position >= entry) {
        return {
          direction: 'sell',
          confidence: confidenceBeyond(position, entry),
          targetNotional: parameter(params, 'notional', '10000'),
          explain: ['above_upper_band'],
        }
      }
      return null
    },
  }

  /**
   * Trend following: what breaks out upwards, with momentum behind it, tends to go on. It buys just where
   * bandReversion sells: when both are sure, the aggregator weighs confidence and notional.
   * Parameters: entry (0.8), notional (10000), widest_bands (0.16 of the price).
   */
  const trendBreakout = {
    pluginId: 'trend_breakout',
    version: '1.0.0',
    requiredFeatures: ['ema12', 'ema26', 'boll_mid', 'boll_upper', 'boll_lower'],
    evaluate({ symbol, params }, { values }) {
      const { price, ema12, ema26, macd, macd_signal, boll_upper, boll_lower } = values
      const width = div(boll_upper - boll_lower, price)
      const widest = parameter(params, 'widest_bands', '0.16')
      // The rule was only ever tested in calmer markets. Saying "nothing" here would be a lie: it does not
      // know. An exception says so, and leaves the decision to the fallback.
      if (width > widest) throw new RangeError(`${symbol} moves more than this rule was tested for`)

      const position = positionInBands(values)
      const entry = parameter(params, 'entry', '0.8')
      const notional = parameter(params, 'notional', '10000')
      if (position !== null && position >= entry && ema12 > ema26 && macd > macd_signal) {
        // The wider the bands, the smaller the order: full size only below half of the widest bands.
        const calm = min(ONE, div(widest - width, mul(widest, decimal('0.5'))))
        if (calm === ZERO) return null
        return {
          direction: 'buy',
          confidence: confidenceBeyond(position, entry),
          targetNotional: mul(notional, calm),
          explain: ['breakout', 'momentum_confirmed'],
        }
      }
      if (ema12 < ema26 && macd < macd_signal) {
        return {
          direction: 'sell',
          confidence: decimal('0.6'),
          targetNotional: notional,
          explain: ['trend_broken'],
        }
      }
      return null
    },
  }

  return [bandReversion, trendBreakout]
}

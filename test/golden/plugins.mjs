// The plugins that test/golden/runtime.jsonl needs beside the built-in ones.
export const plugins = ({ decimal }) => {
  const plugin = (pluginId, evaluate) => ({
    pluginId,
    version: '1.0.0',
    requiredFeatures: ['macd', 'macd_signal', 'rsi14'],
    evaluate,
  })
  const wants = (direction, confidence, { params }, reason) => ({
    direction,
    confidence: decimal(confidence),
    targetNotional: decimal(params.max_notional_per_trade),
    explain: [reason],
  })
  return [
    plugin('always_fails', () => {
      throw new Error('never works')
    }),
    plugin('fails_when_hot', (context, { values }) => {
      if (values.rsi14 > decimal('70')) throw new Error('too hot')
      return wants('buy', '0.5', context, 'cool')
    }),
    plugin('against_the_trend', (context, { values }) =>
      wants(values.macd > values.macd_signal ? 'sell' : 'buy', '0.3', context, 'against'),
    ),
  ]
}

/** A lane on a quiet Tuesday at the exchange, for tests to change one thing of. */
import { createUsEquitiesCalendar } from '../../lib/market/calendar/us-equities.ts'
import type { CycleInputs } from '../../lib/plan/plan-cycle.ts'
import { parseSettings } from '../../lib/flags/parse-settings.ts'
import type { RawValues } from '../../lib/domain/settings.ts'
import { accountLabel } from '../../lib/domain/account-label.ts'
import type { AccountConfig, OpenOrder, Position } from '../../lib/domain/account.ts'
import { decimal } from '../../lib/domain/decimal.ts'
import { asAlpacaOrderId, asClientOrderId, signalId } from '../../lib/domain/ids.ts'
import type { Direction } from '../../lib/domain/intent.ts'
import type { Lane } from '../../lib/domain/lane.ts'
import type { UnsettledOrder } from '../../lib/domain/plan.ts'
import type { Json, LoggedSignal, Signal } from '../../lib/domain/signal.ts'
import { instant, plusSeconds } from '../../lib/domain/time.ts'
import type { CompiledStrategies } from '../../lib/strategy/compile.ts'
import type { StrategyDefinition } from '../../lib/domain/strategy-definition.ts'
import type { StrategyPlugin } from '../../lib/strategy/plugin.ts'
import { aLane, aSignal, aSnapshot, anAccount } from './state-samples.ts'
import { aStrategy, compile, pluginGiving } from './strategy-fixtures.ts'

/** Tuesday, an hour into the session. */
export const TICK = instant('2024-05-14T14:30:00Z')
export const LABEL = accountLabel('paper')

/** Trading switched on for paper, on the plugin runtime. */
export function settingsWith(values: RawValues = {}) {
  return parseSettings({
    TRADING_ENABLED: 'true',
    TRADING_STRATEGY_RUNTIME_MODE: 'plugin_v3',
    ...values,
  })
}

export function account(changes: Partial<AccountConfig> = {}): AccountConfig {
  const target = { mode: 'paper', baseUrl: 'https://paper-api.alpaca.markets' } as const
  return anAccount({ label: LABEL, target, ...changes })
}

export function position(symbol: string, quantity: string): Position {
  return { symbol, quantity: decimal(quantity), marketValue: decimal('1'), averageEntryPrice: null }
}

export function openOrder(symbol: string, side: Direction, quantity: string, filled = '0'): OpenOrder {
  return {
    clientOrderId: asClientOrderId(`open-${symbol}-${side}`),
    alpacaOrderId: asAlpacaOrderId(`broker-${symbol}-${side}`),
    symbol,
    side,
    quantity: decimal(quantity),
    filledQuantity: decimal(filled),
  }
}

export function unsettledOrder(symbol: string, side: Direction, quantity: string, n = 0): UnsettledOrder {
  return {
    clientOrderId: asClientOrderId(`unsettled-${n}`),
    symbol,
    side,
    quantity: decimal(quantity),
  }
}

/** Payloads on which `legacy_macd_rsi` buys, sells, or does nothing. */
export const BUY = { macd: 1, macd_signal: 0.5, rsi14: 30 }
export const SELL = { macd: 0.5, macd_signal: 1, rsi14: 70 }
export const QUIET = { macd: 1, macd_signal: 0.5, rsi14: 50 }

export type SignalChanges = Partial<Omit<Signal, 'payload'>> & {
  readonly payload?: Readonly<Record<string, Json>>
  readonly price?: Json
}

/** A signal of a minute ago at a price of 50, on which the legacy rule buys. */
export function signal(changes: SignalChanges = {}): Signal {
  const { payload = BUY, price = 50, ...rest } = changes
  return aSignal(1, {
    eventTs: plusSeconds(TICK, -60),
    timeframe: '1Min',
    ...rest,
    payload: { ...(price === null ? {} : { price }), ...payload },
  })
}

/** The signals at the positions after `after`. */
export function logged(signals: readonly Signal[], after = 0): LoggedSignal[] {
  return signals.map((each, index) => {
    const numbered = { ...each, seq: after + index + 1 }
    return { position: after + index + 1, signalId: signalId(numbered), signal: numbered }
  })
}

export function compiled(
  definitions: readonly StrategyDefinition[] = [aStrategy('s1')],
  plugins: readonly StrategyPlugin[] = [],
): CompiledStrategies {
  return compile(definitions, plugins, { errors: 3, cooldownSeconds: 300 })
}

export function lane(changes: Partial<Lane> = {}): Lane {
  return aLane({ accountLabel: LABEL, version: 7, ...changes })
}

const calendar = createUsEquitiesCalendar()

/** Inputs of a plan that accepts one order: 20 AAPL bought at 50 for 1000. */
export function planInputs(changes: Partial<CycleInputs> = {}): CycleInputs {
  return {
    lane: lane(),
    batch: { signals: logged([signal()]), expired: null },
    strategies: compiled(),
    settings: settingsWith(),
    rawSettings: {},
    account: account(),
    killSwitchOn: false,
    snapshot: aSnapshot(),
    unsettled: [],
    calendar,
    tickAt: TICK,
    codeVersion: 'test',
    ...changes,
  }
}

/** A batch of these signals after an empty cursor. */
export function batchOf(...signals: readonly Signal[]): CycleInputs['batch'] {
  return { signals: logged(signals), expired: null }
}

/** A plugin that always wants something: buys while MACD is above its signal, sells otherwise. */
export const eager = pluginGiving(
  'eager',
  ({ params: { notional } }, { values }) => ({
    direction: (values.macd ?? 0n) > (values.macd_signal ?? 0n) ? 'buy' : 'sell',
    confidence: decimal('0.5'),
    targetNotional: decimal(typeof notional === 'string' ? notional : '1000'),
    explain: ['eager'],
  }),
  [],
)

/** A plugin that cannot decide. */
export const failing = pluginGiving(
  'failing',
  () => {
    throw new TypeError('no such thing')
  },
  [],
)

export function eagerStrategy(id: string, params: StrategyDefinition['params'] = {}): StrategyDefinition {
  return aStrategy(id, { strategyType: 'eager', params })
}

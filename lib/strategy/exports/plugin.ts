/**
 * `torghut/plugin`: what a plugin module is written with (docs/plugins.md).
 *
 * `definePlugin` changes nothing at run time: it tells the compiler that required features are there.
 */
import type { Decimal } from '../../domain/decimal.ts'
import type { Indicator } from '../../domain/indicator.ts'
import {
  type BarValues,
  type CUSTOM_PREFIX,
  type FeatureName,
  type FeatureVector,
  type PastVector,
  type PluginIntent,
  REQUIRED_FEATURES,
  type RequiredFeature,
  type StrategyContext,
  type StrategyPlugin,
} from '../plugin.ts'
import { PLUGIN_SDK } from '../sdk.ts'

export type { JsonSchema } from '../json-schema.ts'
export type { Indicator, IndicatorBar } from '../../domain/indicator.ts'
export type { PluginSdk } from '../sdk.ts'
export type {
  BarValues,
  Decimal,
  FeatureName,
  FeatureVector,
  PastVector,
  PluginIntent,
  RequiredFeature,
  StrategyContext,
  StrategyPlugin,
}

export const { decimal, mul, div, min, max, add, sub, abs, neg, sqrt, compare, format } = PLUGIN_SDK

/** Features that are there in every vector that reaches a plugin with these needs. */
type Always<Needs> = Needs extends 'price' ? 'price' : (typeof REQUIRED_FEATURES)[number]

type CustomName<Required> = Required extends `${typeof CUSTOM_PREFIX}${infer Name}` ? Name : never

/** A vector in which what is required is not null. */
export interface FeaturesWith<Required extends RequiredFeature, Needs> extends Omit<
  FeatureVector,
  'values' | 'custom' | 'bar'
> {
  readonly values: FeatureVector['values'] & {
    readonly [Name in Extract<Required | Always<Needs>, FeatureName>]: NonNullable<
      FeatureVector['values'][Name]
    >
  }
  readonly custom: FeatureVector['custom'] & {
    readonly [Name in CustomName<Required>]: Decimal | string
  }
  readonly bar: 'bar' extends Required ? BarValues : BarValues | null
}

export type PluginDefinition<Required extends RequiredFeature, Needs extends 'contract' | 'price'> = Omit<
  StrategyPlugin,
  'requiredFeatures' | 'needs' | 'evaluate'
> & {
  readonly requiredFeatures: readonly Required[]
  readonly needs?: Needs
  evaluate(context: StrategyContext, features: FeaturesWith<Required, Needs>): PluginIntent | null | undefined
}

/** A plugin whose required features are not null in `evaluate`. */
export function definePlugin<
  const Required extends RequiredFeature,
  const Needs extends 'contract' | 'price' = 'contract',
>(plugin: PluginDefinition<Required, Needs>): StrategyPlugin {
  return plugin
}

/** An indicator with the type of its state. */
export function defineIndicator<State>(indicator: Indicator<State>): Indicator {
  return indicator
}

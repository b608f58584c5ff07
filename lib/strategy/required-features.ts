/** Whether a feature vector has what a plugin requires: one that lacks something does not reach it. */
import {
  CUSTOM_PREFIX,
  type FeatureName,
  type FeatureVector,
  REQUIRED_FEATURES,
  type RequiredFeature,
  type StrategyPlugin,
} from './plugin.ts'

export type FeatureCheck = (features: FeatureVector) => boolean

const IN_EVERY_VECTOR: ReadonlySet<string> = new Set(REQUIRED_FEATURES)

/** Null when every vector that reaches the plugin has what it requires. */
export function featureCheck({
  requiredFeatures,
  needs,
}: Pick<StrategyPlugin, 'requiredFeatures' | 'needs'>): FeatureCheck | null {
  const custom: string[] = []
  const named: FeatureName[] = []
  let bar = false
  for (const name of requiredFeatures) {
    if (name === 'bar') bar = true
    else if (isCustom(name)) custom.push(name.slice(CUSTOM_PREFIX.length))
    else if (needs === 'price' || !IN_EVERY_VECTOR.has(name)) named.push(name)
  }
  if (!bar && custom.length === 0 && named.length === 0) return null
  return (features) => {
    for (const name of named) if (features.values[name] === null) return false
    for (const name of custom) if (features.custom[name] === undefined) return false
    return !bar || features.bar !== null
  }
}

/** Whether a vector has one feature of any kind. */
export function hasFeature(features: FeatureVector, name: RequiredFeature): boolean {
  if (name === 'bar') return features.bar !== null
  if (isCustom(name)) return features.custom[name.slice(CUSTOM_PREFIX.length)] !== undefined
  return features.values[name] !== null
}

function isCustom(name: string): name is `${typeof CUSTOM_PREFIX}${string}` {
  return name.startsWith(CUSTOM_PREFIX)
}

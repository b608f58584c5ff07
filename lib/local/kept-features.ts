/**
 * Feature flags for who asks at every tick of many: what parameters answered counts as long as all of their texts are the same.
 * Another service's answers are its own, and asked for each time.
 */
import { areSameValues, type RawValues } from '../domain/settings.ts'
import type { FeatureFlags, FeatureFlagServices, FeatureReading } from '../ports/feature-flags.ts'
import type { FlagSource } from '../ports/flag-source.ts'

export function keptFeatures(
  services: FeatureFlagServices,
  flags: Pick<FlagSource, 'read'>,
): FeatureFlagServices {
  let values: RawValues | null = null
  const readings = new Map<string, FeatureReading>()
  const kept = (features: FeatureFlags): FeatureFlags => ({
    read: async (key, entity) => {
      const present = (await flags.read(0)).values
      if (values === null || !areSameValues(values, present)) {
        readings.clear()
        values = { ...present }
      }
      const name = `${key} ${entity}`
      const known = readings.get(name)
      if (known !== undefined) return known
      const reading = await features.read(key, entity)
      if (reading.kind !== 'unreadable') readings.set(name, reading)
      return reading
    },
  })
  return {
    open: async (settings) => {
      const features = await services.open(settings)
      return settings.featureFlagsProvider === 'ssm' ? kept(features) : features
    },
  }
}

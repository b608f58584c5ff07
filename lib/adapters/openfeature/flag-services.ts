/**
 * The feature flag service that the settings name, over OpenFeature: parameters, or a service that speaks OFREP.
 *
 * One is kept as long as the settings stay the same, so that a service's wish to be left alone for a while
 * (`Retry-After`) is kept to from one tick to the next.
 */
import type { Provider } from '@openfeature/server-sdk'
import type { FeatureFlags, FeatureFlagServices, FeatureFlagSettings } from '../../ports/feature-flags.ts'
import { openFeatureFlags } from './feature-flags.ts'
import { ofrepProvider } from './ofrep-provider.ts'

/**
 * @param domain keeps several users of OpenFeature in one process apart
 * @param parameters what evaluates flags where the settings name `ssm`
 */
export function openFeatureServices(domain: string, parameters: Provider): FeatureFlagServices {
  let kept: { readonly key: string; readonly flags: Promise<FeatureFlags> } | null = null
  let last: FeatureFlagSettings | null = null
  return {
    open: (settings) => {
      // frozen ones say what they said
      if (kept !== null && settings === last && Object.isFrozen(settings)) return kept.flags
      last = settings
      const key = keyOf(settings)
      if (kept?.key !== key) kept = { key, flags: openFeatureFlags(providerOf(settings, parameters), domain) }
      return kept.flags
    },
  }
}

function keyOf(settings: FeatureFlagSettings): string {
  const { featureFlagsProvider, featureFlagsUrl, featureFlagsNamespace, featureFlagsTimeoutMs } = settings
  return JSON.stringify([featureFlagsProvider, featureFlagsUrl, featureFlagsNamespace, featureFlagsTimeoutMs])
}

function providerOf(settings: FeatureFlagSettings, parameters: Provider): Provider {
  const { featureFlagsProvider, featureFlagsUrl: baseUrl } = settings
  // the settings were refused without a URL
  if (featureFlagsProvider === 'ssm' || baseUrl === null) return parameters
  return ofrepProvider({
    baseUrl,
    namespace: settings.featureFlagsNamespace,
    timeoutMs: settings.featureFlagsTimeoutMs,
  })
}

/** Feature flags per entity (docs/architecture.md#multi-account-gate). */
import type { Settings } from '../domain/settings.ts'

export type FeatureReading =
  | { readonly kind: 'on' }
  | { readonly kind: 'off' }
  /** The service could not be asked, or its answer not be understood: admits nobody new. */
  | { readonly kind: 'unreadable'; readonly reason: string }

export interface FeatureFlags {
  /** Never throws. `entity` is e.g. `torghut:<label>`. */
  read(key: string, entity: string): Promise<FeatureReading>
}

/** Which service evaluates feature flags, and how it is asked. */
export type FeatureFlagSettings = Pick<
  Settings,
  'featureFlagsProvider' | 'featureFlagsUrl' | 'featureFlagsNamespace' | 'featureFlagsTimeoutMs'
>

export interface FeatureFlagServices {
  /** The service that the settings name. Asks nothing yet. */
  open(settings: FeatureFlagSettings): Promise<FeatureFlags>
}

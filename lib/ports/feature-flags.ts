/** Feature flags per entity (docs/architecture.md#multi-account-gate). */
export type FeatureReading =
  | { readonly kind: 'on' }
  | { readonly kind: 'off' }
  /** The service could not be asked, or its answer not be understood: admits nobody new. */
  | { readonly kind: 'unreadable'; readonly reason: string }

export interface FeatureFlags {
  /** Never throws. `entity` is e.g. `torghut:<label>`. */
  read(key: string, entity: string): Promise<FeatureReading>
}

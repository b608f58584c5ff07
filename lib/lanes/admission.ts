/**
 * Which accounts get cycles (docs/architecture.md#multi-account-gate), as a pure function.
 *
 * Invariants: `enabled: false` in the registry always wins; an account other than the system's own needs both
 * the variable and the feature flag; what cannot be read admits nobody new.
 */
import type { AccountLabel } from '../domain/account-label.ts'
import type { AccountConfig } from '../domain/account.ts'
import type { FeatureReading } from '../ports/feature-flags.ts'

export const MULTI_ACCOUNT_FEATURE = 'torghut_trading_multi_account_enabled'

export type HeldReason = 'account_disabled' | 'multi_account_disabled' | 'feature_off' | 'feature_unreadable'

export type Admission =
  | { readonly kind: 'admitted'; readonly account: AccountConfig }
  /** Gets only `reconcile` messages, as long as it has open work. */
  | { readonly kind: 'held'; readonly account: AccountConfig; readonly reason: HeldReason }

export interface AdmissionInputs {
  readonly ownLabel: AccountLabel
  readonly multiAccountEnabled: boolean
  /** The feature flag's reading for the account. */
  readonly feature: FeatureReading
}

/** The entity under which the feature flag is asked for an account. */
export function featureEntity(label: AccountLabel): string {
  return `torghut:${label}`
}

export function admit(account: AccountConfig, inputs: AdmissionInputs): Admission {
  const reason = heldReason(account, inputs)
  return reason === null ? { kind: 'admitted', account } : { kind: 'held', account, reason }
}

function heldReason(account: AccountConfig, inputs: AdmissionInputs): HeldReason | null {
  if (!account.enabled) return 'account_disabled'
  if (account.label === inputs.ownLabel) return null
  if (!inputs.multiAccountEnabled) return 'multi_account_disabled'
  if (inputs.feature.kind === 'on') return null
  return inputs.feature.kind === 'off' ? 'feature_off' : 'feature_unreadable'
}

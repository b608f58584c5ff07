/**
 * Asks the feature flag service about all accounts of a fleet that need it, several at a time, and admits them
 * (docs/architecture.md#multi-account-gate).
 *
 * Invariants: nobody is asked about an account that the answer could not admit; a service that fails for as many
 * accounts on end as are asked at once is not asked any more in this tick, so that one that hangs costs one or two
 * timeouts, not one per account; whoever was not asked about counts as unreadable, and that is counted and said.
 */
import type { AccountConfig } from '../domain/account.ts'
import type { AccountLabel } from '../domain/account-label.ts'
import { inParallel } from '../domain/in-parallel.ts'
import { METRICS } from '../domain/metric-names.ts'
import type { Fleet } from '../flags/fleet.ts'
import type { FeatureFlags, FeatureFlagServices, FeatureReading } from '../ports/feature-flags.ts'
import type { Telemetry } from '../ports/telemetry.ts'
import { admit, featureEntity, MULTI_ACCOUNT_FEATURE, type Admission } from './admission.ts'

export interface AdmissionDeps {
  readonly features: FeatureFlagServices
  readonly telemetry: Telemetry
}

/** How many accounts are asked about at the same time. */
const ASKED_AT_ONCE = 50
const OFF: FeatureReading = { kind: 'off' }
const NOT_ASKED: FeatureReading = {
  kind: 'unreadable',
  reason: `the service failed ${ASKED_AT_ONCE} times on end and was not asked any more`,
}

/** In the order of the fleet's accounts. */
export async function admitAccounts(
  { accounts, settings }: Pick<Fleet, 'accounts' | 'settings'>,
  deps: AdmissionDeps,
): Promise<readonly Admission[]> {
  const { accountLabel: ownLabel, multiAccountEnabled } = settings
  const asked = accounts.filter(({ label, enabled }) => multiAccountEnabled && enabled && label !== ownLabel)
  const readings = asked.length === 0 ? NO_READINGS : await read(asked, await deps.features.open(settings))
  reportUnreadable(readings, settings, deps.telemetry)
  return accounts.map((account) =>
    admit(account, { ownLabel, multiAccountEnabled, feature: readings.get(account.label) ?? OFF }),
  )
}

const NO_READINGS: ReadonlyMap<AccountLabel, FeatureReading> = new Map()

async function read(
  accounts: readonly AccountConfig[],
  features: FeatureFlags,
): Promise<ReadonlyMap<AccountLabel, FeatureReading>> {
  let failedOnEnd = 0
  const pairs = await inParallel(accounts, ASKED_AT_ONCE, async ({ label }) => {
    if (failedOnEnd >= ASKED_AT_ONCE) return [label, NOT_ASKED] as const
    const reading = await features.read(MULTI_ACCOUNT_FEATURE, featureEntity(label))
    failedOnEnd = reading.kind === 'unreadable' ? failedOnEnd + 1 : 0
    return [label, reading] as const
  })
  return new Map(pairs)
}

function reportUnreadable(
  readings: ReadonlyMap<AccountLabel, FeatureReading>,
  {
    featureFlagsProvider: provider,
    featureFlagsUrl: url,
    featureFlagsTimeoutMs: timeoutMs,
  }: Fleet['settings'],
  telemetry: Telemetry,
): void {
  const reasons: string[] = []
  for (const reading of readings.values()) if (reading.kind === 'unreadable') reasons.push(reading.reason)
  if (reasons.length === 0) return
  telemetry.count(METRICS.featureFlagsUnreadable, reasons.length)
  telemetry.record('error', 'the feature flag cannot be read: these accounts are not admitted', {
    accounts: reasons.length,
    reason: reasons[0] ?? null,
    provider,
    ...(provider === 'ofrep' && { url, timeoutMs }),
  })
}

/** What a tick may tell a lane: that its account is admitted only when the feature flag service has just said so. */
import type { Finding } from './execution-rules.ts'
import type { Invocation } from './host.ts'
import type { Scenario } from './scenario.ts'

interface Tick {
  readonly kind?: string
  readonly admitted?: boolean
  readonly account?: { readonly label: string }
}

/** The stage's own account, which no flag holds back. */
const OWN = 'alpha'

export function judgeTicks(
  { name, featureOn }: Invocation,
  bodies: readonly string[],
  { featureService }: Pick<Scenario, 'featureService'>,
): readonly Finding[] {
  // what an operator moves back was judged when it was sent (seed 2924)
  if (!featureService || name.startsWith('operator_redrive')) return []
  return bodies.flatMap((body): Finding[] => {
    const { account, ...tick } = JSON.parse(body) as Tick
    if (account === undefined || account.label === OWN || !saysAdmitted(tick)) return []
    return featureOn.has(`torghut:${account.label}`)
      ? []
      : [['multi-account-gate', `${account.label} is admitted though the service has not said so`]]
  })
}

/** A cycle does unless it says otherwise, a `reconcile` only when it says so. */
export function saysAdmitted({ kind, admitted }: Pick<Tick, 'kind' | 'admitted'>): boolean {
  return admitted ?? kind === 'cycle'
}

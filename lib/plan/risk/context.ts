/**
 * What a risk check sees: the proposed decision and everything around it, all values
 * (docs/architecture.md#decisions-and-risk).
 */
import type { Decimal } from '../../domain/decimal.ts'
import type { Decision } from '../../domain/decision.ts'
import type { RiskReason } from '../../domain/denied-reason.ts'
import type { PermissionContext } from '../../domain/permission-rules.ts'
import type { Settings } from '../../domain/settings.ts'
import type { EpochMs } from '../../domain/time.ts'
import type { StrategyDefinition } from '../../domain/strategy-definition.ts'
import type { ProjectedAccount } from '../projection.ts'

/** A sized decision before it is accepted or denied. */
export type ProposedDecision = Omit<Decision, 'outcome'>

/** All of it is as of the tick; the order firewall asks anew about what may have changed since. */
export interface RiskContext extends PermissionContext {
  readonly settings: Settings
  /** The enabled strategies that this account trades, by id. */
  readonly strategies: ReadonlyMap<string, StrategyDefinition>
  /** The account with the plan's accepted orders so far. */
  readonly projection: ProjectedAccount
  /** By symbol: when the last decision was accepted, this plan's included. */
  readonly cooldowns: ReadonlyMap<string, EpochMs>
}

/** What a check compares: it denies what is more than is allowed. */
export interface Compared {
  readonly found: Decimal
  readonly allowed: Decimal
}

/** Pure: what a check compares for a decision; null where it has nothing to say. */
export type Comparison = (decision: ProposedDecision, context: RiskContext) => Compared | null

/** Pure: returns its own reason, or null when it has nothing against the decision. */
export type RiskCheck = (decision: ProposedDecision, context: RiskContext) => RiskReason | null

/** The check that denies with `reason` where a comparison finds more than is allowed. */
export function deniesAbove(compare: Comparison, reason: RiskReason): RiskCheck {
  return (decision, context) => {
    const compared = compare(decision, context)
    return compared !== null && compared.found > compared.allowed ? reason : null
  }
}

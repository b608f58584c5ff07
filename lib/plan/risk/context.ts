/**
 * What a risk check sees: the proposed decision and everything around it, all values
 * (docs/architecture.md#decisions-and-risk).
 */
import type { Settings } from '../../domain/settings.ts'
import type { AccountConfig } from '../../domain/account.ts'
import type { Decision } from '../../domain/decision.ts'
import type { RiskReason } from '../../domain/denied-reason.ts'
import type { EpochMs } from '../../domain/time.ts'
import type { TradingCalendar } from '../../domain/trading-calendar.ts'
import type { StrategyDefinition } from '../../domain/strategy-definition.ts'
import type { ProjectedAccount } from '../projection.ts'

/** A sized decision before it is accepted or denied. */
export type ProposedDecision = Omit<Decision, 'outcome'>

export interface RiskContext {
  readonly settings: Settings
  readonly account: AccountConfig
  readonly killSwitchOn: boolean
  readonly calendar: TradingCalendar
  readonly tickAt: EpochMs
  /** The enabled strategies that this account trades, by id. */
  readonly strategies: ReadonlyMap<string, StrategyDefinition>
  /** The account with the plan's accepted orders so far. */
  readonly projection: ProjectedAccount
  /** By symbol: when the last decision was accepted, this plan's included. */
  readonly cooldowns: ReadonlyMap<string, EpochMs>
}

/** Pure: returns its own reason, or null when it has nothing against the decision. */
export type RiskCheck = (decision: ProposedDecision, context: RiskContext) => RiskReason | null

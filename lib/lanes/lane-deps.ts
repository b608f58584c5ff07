/** What a lane's run needs from around it; wired once per invocation. */
import type { Settings } from '../domain/settings.ts'
import type { CatalogHash } from '../domain/ids.ts'
import type { TradingCalendar } from '../domain/trading-calendar.ts'
import type { ClaimPolicy } from '../orders/claims.ts'
import type { BrokerGateway } from '../ports/broker-gateway.ts'
import type { Clock } from '../ports/clock.ts'
import type { DecisionStore } from '../ports/decision-store.ts'
import type { ExecutionStore } from '../ports/execution-store.ts'
import type { KillSwitch } from '../ports/kill-switch.ts'
import type { LaneStore } from '../ports/lane-store.ts'
import type { PermissionSource } from '../ports/permission-source.ts'
import type { SignalLog } from '../ports/signal-log.ts'
import type { Telemetry } from '../ports/telemetry.ts'
import type { CompiledStrategies } from '../strategy/compile.ts'

/** How long an invocation may take, and how much of that is left, on the monotonic clock. */
export interface TimeBudget {
  readonly totalMs: number
  remainingMs(): number
}

export interface LaneDeps {
  readonly lanes: LaneStore
  readonly decisions: DecisionStore
  readonly executions: ExecutionStore
  readonly signals: SignalLog
  /** The catalog revision, compiled under the settings; implementations keep the last one per process. */
  strategies(hash: CatalogHash, settings: Settings): Promise<CompiledStrategies>
  readonly gateway: BrokerGateway
  readonly killSwitch: KillSwitch
  readonly permissions: PermissionSource
  calendar(settings: Settings): TradingCalendar
  readonly claims: ClaimPolicy
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly time: TimeBudget
  readonly codeVersion: string
}

/** What a run of a lane came to. */
export type LaneRun =
  /** Nothing to do, nothing written. */
  | { readonly kind: 'idle' }
  | { readonly kind: 'done'; readonly cycles: number; readonly signals: number; readonly unsettled: number }
  /** Stopped in a sealed cycle because time ran out; the next tick finishes it. */
  | { readonly kind: 'out_of_time'; readonly cycles: number }
  /** Another invocation committed first. */
  | { readonly kind: 'superseded'; readonly cycles: number }
  /** An operator is needed. */
  | { readonly kind: 'halted'; readonly reason: string }
  /** State or broker could not be reached; the next tick catches up. */
  | { readonly kind: 'retryable'; readonly reason: string }

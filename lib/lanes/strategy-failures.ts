/** What strategies failed at while a lane planned: for its log, or whoever keeps it. Never sealed. */
import type { AccountLabel } from '../domain/account-label.ts'
import type { LoggedSignal } from '../domain/signal.ts'
import { formatInstant } from '../domain/time.ts'
import type { Telemetry } from '../ports/telemetry.ts'
import { StrategyFailures } from '../strategy/failures.ts'
import type { StrategyError } from '../strategy/signal-evaluation.ts'

export interface FailedEvaluation {
  readonly error: StrategyError
  readonly logged: LoggedSignal
}

/** Told once per plan, of what lies within it. */
export type StrategyFailureSink = (account: AccountLabel, failed: readonly FailedEvaluation[]) => void

/** Records each message of a strategy when it comes for the first time; made anew for each run of a lane. */
export function loggedFailures(telemetry: Telemetry): StrategyFailureSink {
  const seen = new StrategyFailures()
  return (account, failed) => {
    for (const { error, logged } of failed) {
      const { eventTs, symbol } = logged.signal
      if (!seen.add(error, logged.signal)) continue
      telemetry.record('warn', 'a strategy could not decide', {
        account,
        strategy_id: error.strategyId,
        reason: error.reason,
        detail: error.detail,
        place: error.place,
        symbol,
        event_ts: formatInstant(eventTs),
      })
    }
  }
}

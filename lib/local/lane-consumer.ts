/** What the lane function does with a message, inside this process: the same library calls, wired locally. */
import { keptCalendars } from '../market/calendar/create-calendar.ts'
import type { LaneRun } from '../lanes/lane-deps.ts'
import { runLane } from '../lanes/run-lane.ts'
import type { AccountLabel } from '../domain/account-label.ts'
import { plusSeconds } from '../domain/time.ts'
import { catalogCompiler } from '../lanes/catalog-compiler.ts'
import { decodeTick } from '../formats/tick-codec.ts'
import { createClaimPolicy } from '../orders/claims.ts'
import type { Clock } from '../ports/clock.ts'
import type { Randomness } from '../ports/randomness.ts'
import type { StateStores } from '../ports/state-stores.ts'
import type { Telemetry } from '../ports/telemetry.ts'
import type { PluginRegistry } from '../strategy/registry.ts'
import type { LocalFlags } from './local-flags.ts'
import { paperGateway } from './paper-gateway.ts'

/** Simulated time: how long a claim of this process would live. It ends with the process anyway. */
const INVOCATION_SECONDS = 50
/** Machine time. Nothing limits an invocation here; a debugger may stop it for a while. */
const TIME_BUDGET_MS = 600_000

export interface LaneConsumerDeps {
  readonly stores: StateStores
  readonly registry: PluginRegistry
  readonly exchangeUrl: string
  readonly flags: LocalFlags
  readonly clock: Clock
  readonly randomness: Randomness
  readonly telemetry: Telemetry
  readonly codeVersion: string
}

export interface LaneAnswer {
  readonly account: AccountLabel
  readonly run: LaneRun
}

/** Makes the consumer of one process; its claims are told from those of earlier processes. */
export function laneConsumer(deps: LaneConsumerDeps): (body: string) => Promise<LaneAnswer> {
  const { stores, flags, clock, randomness, telemetry, codeVersion } = deps
  const claims = createClaimPolicy({
    randomness,
    deadline: () => plusSeconds(clock.now(), INVOCATION_SECONDS),
    exclusiveHolder: randomness.token(),
  })
  const strategies = catalogCompiler(stores.catalog, deps.registry)
  const calendar = keptCalendars()
  return async (body) => {
    const message = decodeTick(body)
    const account = message.account.label
    // Open work needs no reconciling here: trade updates are lost by nobody.
    if (message.kind === 'reconcile') return { account, run: { kind: 'idle' } }
    const started = clock.monotonic()
    const run = await runLane(message, {
      lanes: stores.lanes,
      decisions: stores.decisions,
      executions: stores.executions,
      signals: stores.signals,
      strategies,
      calendar,
      claims,
      clock,
      telemetry,
      codeVersion,
      gateway: paperGateway(account, deps.exchangeUrl),
      killSwitch: flags.killSwitch,
      permissions: flags.permissions,
      time: {
        totalMs: TIME_BUDGET_MS,
        remainingMs: () => TIME_BUDGET_MS - (clock.monotonic() - started),
      },
    })
    return { account, run }
  }
}

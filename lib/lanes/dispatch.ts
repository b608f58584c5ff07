/**
 * One tick, of the schedule or after signals: flags and accounts are resolved once, every admitted account gets one
 * message (docs/architecture.md#dispatch).
 *
 * Invariants: `tick_at` is the schedule's own time, floored to the minute, or that of an append; the deduplication id is
 * `tick_at#kind#label`, so a tick that is delivered twice is one tick; a lane with open work is reconciled once in
 * five minutes, whatever the schedule's beat; a bad registry dispatches nothing; what is wrong with one account's
 * state costs no other account its tick; outside the trading window no lane gets a cycle, and open work is still
 * reconciled and cancelled.
 */
import type { AccountLabel } from '../domain/account-label.ts'
import type { AccountConfig } from '../domain/account.ts'
import { asEpochMs, floorToMinute, formatInstant, type EpochMs } from '../domain/time.ts'
import { METRICS } from '../domain/metric-names.ts'
import type { TradingWindow } from '../domain/schedule-expression.ts'
import type { TickMessage } from '../domain/tick-message.ts'
import { keptCalendars } from '../market/calendar/create-calendar.ts'
import type { FlagSource } from '../ports/flag-source.ts'
import type { Queue } from '../ports/queue.ts'
import type { StrategyCatalog } from '../ports/strategy-catalog.ts'
import type { Telemetry } from '../ports/telemetry.ts'
import type { Admission } from './admission.ts'
import type { Fleet } from '../flags/fleet.ts'
import { inForce, type InForceDeps } from './in-force.ts'
import { RECONCILE_EVERY_MS, withOpenWork, type OpenWorkDeps, type TickedAccounts } from './open-work.ts'
import { deduplicationId, firstToWait, type AfterSignals } from './tick-after-signals.ts'

/** Flags other than the kill switch may be this old. */
export const FLAGS_MAX_AGE_MS = 60_000

/** Ticks after signals may come many a minute, and what permits an order is read anew by its lane. */
const FLAGS_AFTER_SIGNALS_MAX_AGE_MS = 5000

const NOBODY: TickedAccounts = { admitted: [], sweepTurns: new Map(), held: [], inWindow: false }

/** How many accounts that are held back for one reason the record names. */
const NAMED_HELD = 20

export interface DispatchDeps extends InForceDeps, OpenWorkDeps {
  readonly flags: FlagSource
  readonly catalog: Pick<StrategyCatalog, 'currentHash'>
  readonly queue: Queue<TickMessage>
  /** Kept from tick to tick by who dispatches many in one process; without them each tick works them out. */
  readonly calendars?: ReturnType<typeof keptCalendars>
  readonly inForce?: typeof inForce
  /** When lanes run their cycles; at every tick if there is none. */
  readonly window?: TradingWindow
  /** Of a tick after signals; absent: of the schedule. */
  readonly after?: AfterSignals
}

export interface DispatchSummary {
  readonly tickAt: EpochMs
  readonly cycles: readonly AccountLabel[]
  readonly reconciles: readonly AccountLabel[]
  readonly held: readonly Extract<Admission, { kind: 'held' }>[]
  /** Deduplication ids that the queue did not take. */
  readonly failed: readonly string[]
  /** Set when there is nothing to run: no catalog was applied yet. */
  readonly nothingToRun: boolean
  /** Lanes run and the exchange is open: producers of signals are at work, or broken. */
  readonly signalsDue: boolean
}

/** @throws ConfigurationError for bad flags or a bad registry, UnavailableError when they cannot be read. */
export async function dispatchTick(scheduledAt: EpochMs, deps: DispatchDeps): Promise<DispatchSummary> {
  const tickAt = floorToMinute(scheduledAt)
  const at = formatInstant(tickAt)
  const { after } = deps
  // Anew on every tick of the schedule: what is dispatched is what is in force.
  const { values: overlay } = await (after === undefined
    ? deps.flags.read(0)
    : deps.flags.read(FLAGS_AFTER_SIGNALS_MAX_AGE_MS))
  const found = await (deps.inForce ?? inForce)(overlay, deps)
  const { fleet, admitted, isAdmitted, sweepTurns, held, killed } = found
  const catalogHash = await deps.catalog.currentHash()
  const message = (
    kind: TickMessage['kind'],
    account: AccountConfig,
    hash: TickMessage['catalogHash'],
    onceSince = at,
  ) => ({
    groupId: account.label,
    deduplicationId: deduplicationId(`${onceSince}#${kind}#${account.label}`, after),
    body: {
      kind,
      tickAt,
      account,
      settings: fleet.raw,
      catalogHash: hash,
      killSwitchOn: killed.has(account.label),
      admitted: isAdmitted.has(account),
      upTo: after?.upTo ?? null,
    },
  })
  if (catalogHash === null) {
    deps.telemetry.record('warn', 'no strategies were applied yet: nothing to run')
    const nothing = { cycles: [], reconciles: [], failed: [] }
    return { tickAt, ...nothing, held, nothingToRun: true, signalsDue: false }
  }
  const inWindow = deps.window?.(tickAt) ?? true
  // what is due by time is left to the schedule
  const looksAt =
    after === undefined
      ? { admitted, sweepTurns, held: held.map(({ account }) => account), inWindow }
      : NOBODY
  const { reconciled, overdue } = await withOpenWork(looksAt, tickAt, deps)
  const reconcileSlot = () => formatInstant(asEpochMs(tickAt - (tickAt % RECONCILE_EVERY_MS)))
  const due = inWindow ? admitted : []
  const running = after === undefined ? due : await firstToWait(due, after, fleet.settings, deps.telemetry)
  // a cycle cancels by itself; outside the window that is left to reconciling, with every tick
  const cancels = ({ label }: AccountConfig) => !inWindow && killed.has(label)
  const { failed } = await deps.queue.send([
    // nothing else comes to a lane that is held back, or sees to what it has lost, so those are reconciled with every tick
    ...reconciled.map((account) => {
      const inSlot = isAdmitted.has(account) && !cancels(account) && !overdue.has(account)
      return message('reconcile', account, catalogHash, inSlot ? reconcileSlot() : at)
    }),
    ...running.map((account) => message('cycle', account, catalogHash)),
  ])
  if (after === undefined) recordHeld(held, deps.telemetry)
  const told = {
    tick_at: at,
    cycles: running.length,
    reconciles: reconciled.length,
    held: held.length,
    failed: failed.length,
  }
  deps.telemetry.record('info', 'tick dispatched', after === undefined ? told : { ...told, ...after.upTo })
  deps.telemetry.count(METRICS.dispatchedMessages, running.length + reconciled.length - failed.length)
  if (failed.length > 0) deps.telemetry.count(METRICS.dispatchFailures, failed.length)
  const labels = (accounts: readonly AccountConfig[]) => accounts.map(({ label }) => label)
  return {
    tickAt,
    cycles: labels(running),
    reconciles: labels(reconciled),
    held,
    failed,
    nothingToRun: false,
    signalsDue: after === undefined && running.length > 0 && exchangeOpen(fleet, tickAt, deps),
  }
}

function exchangeOpen(
  { settings }: Fleet,
  at: EpochMs,
  { calendars = keptCalendars() }: Pick<DispatchDeps, 'calendars'>,
): boolean {
  // any symbol but a crypto pair
  return calendars(settings).sessionAt('', at) !== null
}

/** One record for each reason, so that a large fleet does not fill the log. */
function recordHeld(held: DispatchSummary['held'], telemetry: Telemetry): void {
  for (const reason of new Set(held.map((one) => one.reason))) {
    const labels = held.filter((one) => one.reason === reason).map(({ account }) => account.label)
    telemetry.record('info', 'accounts held back', {
      reason,
      accounts: labels.length,
      labels: labels.slice(0, NAMED_HELD).join(' '),
    })
  }
}

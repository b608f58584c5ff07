/**
 * The one wiring of a lane, for the function, the laptop and the tests: from the ports of a process to what a
 * message needs within one invocation.
 *
 * Invariants: an order is permitted only under flags that were read within the invocation, and flags that cannot
 * be read or understood permit nothing, nor does a tick that says the kill switch is on
 * (docs/architecture.md#order-firewall); the broker's client is loaded when it is first needed, so that an idle
 * cycle never does.
 */
import { METRICS } from '../domain/metric-names.ts'
import type { AccountLabel } from '../domain/account-label.ts'
import type { WithheldReason } from '../domain/denied-reason.ts'
import { ConfigurationError, UnavailableError } from '../domain/errors.ts'
import type { Lane } from '../domain/lane.ts'
import { RequestBudget } from '../domain/request-budget.ts'
import type { RawValues, Settings } from '../domain/settings.ts'
import type { TickMessage } from '../domain/tick-message.ts'
import { momentOf } from '../domain/time.ts'
import type { TradingCalendar } from '../domain/trading-calendar.ts'
import { rosterInForce } from '../flags/fleet.ts'
import { keptAnswer, keptReading } from '../flags/kept-reading.ts'
import { keptSettings } from '../flags/parse-settings.ts'
import { keptPermissions } from '../flags/kept-permissions.ts'
import { killSwitchNames, permissionNames } from '../flags/permission.ts'
import { resolveKillSwitch } from '../flags/resolve.ts'
import { keptCalendars } from '../market/calendar/create-calendar.ts'
import { createClaimPolicy, type ClaimPolicyOptions } from '../orders/claims.ts'
import { OrderFirewall } from '../orders/firewall.ts'
import type { OrderDeps } from '../orders/order-deps.ts'
import type { Broker } from '../ports/broker.ts'
import type { BrokerGateway } from '../ports/broker-gateway.ts'
import type { AccountRoster } from '../ports/account-roster.ts'
import type { Clock } from '../ports/clock.ts'
import type { Interrupter } from '../ports/interrupter.ts'
import type { FlagSource } from '../ports/flag-source.ts'
import type { PluginWatch } from '../ports/plugin-watch.ts'
import type { PermissionReading, PermissionSource } from '../ports/permission-source.ts'
import type { StrayWork } from '../ports/stray-work.ts'
import type { StateStores } from '../ports/state-stores.ts'
import type { Telemetry } from '../ports/telemetry.ts'
import type { CompiledStrategies } from '../strategy/compile.ts'
import type { PluginRegistry } from '../strategy/registry.ts'
import { UNMARKED } from '../strategy/signal-evaluation.ts'
import { catalogCompiler } from './catalog-compiler.ts'
import type { Invocation } from './invocation.ts'
import { KeptWindows } from './kept-windows.ts'
import { loggedFailures, type StrategyFailureSink } from './strategy-failures.ts'

type LaneStores = Pick<
  StateStores,
  'lanes' | 'decisions' | 'executions' | 'orderEvents' | 'unmatchedOrders' | 'signals' | 'waitingTicks'
>

const NOBODY: readonly string[] = Object.freeze([])
const UNTOLD = () => {}
const UNWATCHED: PluginWatch = Object.freeze({
  ...UNMARKED,
  timedOut: Object.freeze({}),
  introduce: () => {},
  idle: () => {},
})

/** What all lanes of a process share, from one invocation to the next. */
export interface LanePorts extends LaneStores, Pick<ClaimPolicyOptions, 'randomness' | 'exclusiveHolder'> {
  readonly catalog: Pick<StateStores['catalog'], 'readRevision' | 'currentHash'>
  /** Stops a plan that does not come back; without one nothing does. */
  readonly interrupter?: Interrupter
  /** What one plugin may take for one signal, instead of what the settings say. */
  readonly pluginBudgetMs?: number
  /** Who watches strategies from outside, if anybody does. */
  readonly watch?: PluginWatch
  /** What plugins left behind, where that is known. */
  readonly strayWork?: StrayWork
  readonly registry: PluginRegistry
  /** Who is told what strategies failed at; without one the log is. */
  readonly strategyFailures?: StrategyFailureSink
  /** The flags' values below those of the source. */
  readonly environment: RawValues
  readonly flags: Pick<FlagSource, 'readNamed'>
  readonly roster: Pick<AccountRoster, 'readEntry'>
  /** Reaches the account's broker, for one invocation, whose requests it takes from the budget. */
  gateway(account: AccountLabel, requests: RequestBudget): BrokerGateway
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly codeVersion: string
}

/** What one message's run of a lane needs from around it. */
export interface LaneDeps
  extends
    Omit<LaneStores, 'decisions'>,
    Pick<LanePorts, 'clock' | 'telemetry' | 'codeVersion'>,
    Pick<Invocation, 'time'> {
  /** Stops a plan that does not come back; nothing does if there is none. */
  readonly interrupter?: Interrupter | undefined
  /** The lane as it was at most 3 s ago; what begins an invocation keeps its orders from asking anew. */
  readonly lane: () => Promise<Lane | null>
  /** The message's. */
  readonly settings: Settings
  readonly calendar: TradingCalendar
  /** What the invocation may still send to the broker. */
  readonly requests: RequestBudget
  /** What came before a batch, as far as strategies look back. */
  readonly windows: Pick<KeptWindows, 'before'>
  /** Told of each strategy right before its plugin is asked. */
  readonly asking: (strategyId: string) => void
  /** Sees whom a plan asks; whom an earlier attempt did not survive is not asked. */
  readonly watch: PluginWatch
  /** Whether each strategy is to be noted before it is asked: the run before was killed. */
  readonly careful: boolean
  /** Strategies of which something failed that they had left behind, each told once. */
  readonly strayed: () => readonly string[]
  /** What one plugin may take for one signal. */
  readonly pluginBudgetMs: number
  /** Told what strategies failed at in a plan that is about to be sealed. */
  readonly failing: StrategyFailureSink
  /** The message's catalog revision, compiled. @throws StateError when the catalog does not have it */
  strategies(): Promise<CompiledStrategies>
  /** The account's broker, for reading and cancelling. @throws UnavailableError */
  broker(): Promise<Broker>
  /** For submitting and settling. @throws UnavailableError */
  orders(): Promise<OrderDeps>
}

/** @throws ConfigurationError for settings of the message that cannot be read. */
export type LaneWiring = (message: TickMessage, invocation: Invocation) => LaneDeps

/** Wires the lanes of a process; what may be kept between invocations is kept here. */
export function laneWiring(ports: LanePorts): LaneWiring {
  const { lanes, decisions, executions, orderEvents, unmatchedOrders, signals, waitingTicks } = ports
  const { clock, telemetry, codeVersion } = ports
  const watch = ports.watch ?? UNWATCHED
  const compiled = catalogCompiler(ports.catalog, ports.registry, watch)
  const calendars = keptCalendars()
  const settingsOf = keptSettings()
  const permissionOf = keptPermissions()
  const windows = new KeptWindows(signals)
  const { randomness, exclusiveHolder } = ports
  const claimPolicy = (deadline: ClaimPolicyOptions['deadline']) =>
    createClaimPolicy({ randomness, deadline, ...(exclusiveHolder === undefined ? {} : { exclusiveHolder }) })
  const strayed = () => ports.strayWork?.take() ?? NOBODY
  return (message, { deadline, time, redelivered = false }) => {
    const { account, settings: raw, catalogHash } = message
    const settings = settingsOf(raw)
    const calendar = calendars(settings)
    const requests = new RequestBudget()
    const gateway = ports.gateway(account.label, requests)
    const lane = keptAnswer(clock, () => lanes.readLane(account.label, settings.signalSource))
    const connect = async (): Promise<OrderDeps> => {
      const permissions = permissionsWithin(message, ports, calendars, permissionOf)
      const broker = await gateway.connect(account.target)
      return {
        decisions,
        executions,
        events: orderEvents,
        firewall: new OrderFirewall({ broker, permissions, lane, clock }),
        withheld: withheldBy(message),
        brokerAt: (target) => gateway.connect(target),
        claims: claimPolicy(() => deadline),
        clock,
        telemetry,
      }
    }
    let connected: Promise<OrderDeps> | null = null
    // made for each message: without spreads, after which a literal of so many fields takes ten times as long
    return {
      lanes,
      executions,
      orderEvents,
      unmatchedOrders,
      signals,
      waitingTicks,
      lane,
      clock,
      telemetry,
      codeVersion,
      time,
      settings,
      calendar,
      requests,
      windows,
      interrupter: ports.interrupter,
      watch,
      strayed,
      careful: redelivered,
      asking: redelivered
        ? (strategy) => {
            // should this run be killed as well, its last word says whom it asked
            telemetry.record('info', 'a strategy is asked', { account: account.label, strategy_id: strategy })
          }
        : UNTOLD,
      failing: ports.strategyFailures ?? loggedFailures(telemetry),
      pluginBudgetMs: ports.pluginBudgetMs ?? settings.pluginBudgetMs,
      strategies: () => compiled(catalogHash, settings),
      broker: () => gateway.connect(account.target),
      orders: () => (connected ??= connect()),
    }
  }
}

/** What the message itself says against sending. */
function withheldBy({ killSwitchOn, admitted }: TickMessage): WithheldReason | null {
  if (killSwitchOn) return 'kill_switch_on'
  return admitted ? null : 'account_not_admitted'
}

/** What permits an order of the message's account within this invocation. */
function permissionsWithin(
  { account: { label }, killSwitchOn, settings: tick }: TickMessage,
  { flags, roster, environment, clock, telemetry }: LanePorts,
  calendars: ReturnType<typeof keptCalendars>,
  permissionOf: ReturnType<typeof keptPermissions>,
): PermissionSource {
  const closed = (killSwitch: 'on' | 'unreadable'): PermissionReading => {
    return { killSwitch, current: null, version: killSwitch, readAt: momentOf(clock) }
  }
  if (killSwitchOn) return { read: async () => closed('on') }
  const countUnreadable = () => telemetry.count(METRICS.killSwitchUnreadable, 1, { account: label })
  const unreadable = (cause: unknown): void => {
    countUnreadable()
    telemetry.record('error', 'permission cannot be read: no order is sent', { account: label }, cause)
  }
  const understood = async (overlay: RawValues): Promise<PermissionReading['current']> => {
    try {
      const revision = rosterInForce(environment, overlay)
      const rosterEntry = revision === null ? undefined : await roster.readEntry(revision, label)
      const permission = permissionOf(label, { overlay, environment, tick, rosterEntry })
      return { ...permission, calendar: calendars(permission.settings) }
    } catch (cause) {
      if (!(cause instanceof ConfigurationError)) throw cause
      unreadable(cause)
      return null
    }
  }
  const read = async (): Promise<PermissionReading> => {
    try {
      const { values, versions, readAt } = await flags.readNamed(permissionNames(label))
      const killSwitch = resolveKillSwitch(environment, values, label)
      if (killSwitch === 'unreadable') countUnreadable()
      const version = killSwitchNames(label).map((name) => versions[name] ?? '-')
      return { killSwitch, current: await understood(values), version: version.join('/'), readAt }
    } catch (cause) {
      if (!(cause instanceof UnavailableError)) throw cause
      unreadable(cause)
      return closed('unreadable')
    }
  }
  return { read: keptReading(clock, read) }
}

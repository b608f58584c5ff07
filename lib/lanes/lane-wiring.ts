/**
 * The one wiring of a lane, for the function, the laptop and the tests: from the ports of a process to what a
 * message needs within one invocation.
 *
 * Invariants: an order is permitted only under flags that were read within the invocation, and flags that cannot
 * be read or understood permit nothing (docs/architecture.md#order-firewall); the broker's client is loaded when
 * it is first needed, so that an idle cycle never does.
 */
import type { AccountLabel } from '../domain/account-label.ts'
import type { WithheldReason } from '../domain/denied-reason.ts'
import { ConfigurationError, UnavailableError } from '../domain/errors.ts'
import type { RawValues, Settings } from '../domain/settings.ts'
import type { TickMessage } from '../domain/tick-message.ts'
import type { EpochMs } from '../domain/time.ts'
import type { TradingCalendar } from '../domain/trading-calendar.ts'
import { type Fleet, keptFleet } from '../flags/fleet.ts'
import { parseSettings } from '../flags/parse-settings.ts'
import { keptCalendars } from '../market/calendar/create-calendar.ts'
import { createClaimPolicy, type ClaimPolicyOptions } from '../orders/claims.ts'
import { OrderFirewall } from '../orders/firewall.ts'
import type { OrderDeps } from '../orders/order-deps.ts'
import type { Broker } from '../ports/broker.ts'
import type { BrokerGateway } from '../ports/broker-gateway.ts'
import type { Clock } from '../ports/clock.ts'
import type { FlagSource } from '../ports/flag-source.ts'
import type { KillSwitch } from '../ports/kill-switch.ts'
import type { PermissionSource } from '../ports/permission-source.ts'
import type { StateStores } from '../ports/state-stores.ts'
import type { Telemetry } from '../ports/telemetry.ts'
import type { CompiledStrategies } from '../strategy/compile.ts'
import type { PluginRegistry } from '../strategy/registry.ts'
import { catalogCompiler } from './catalog-compiler.ts'

type LaneStores = Pick<StateStores, 'lanes' | 'decisions' | 'executions' | 'orderEvents' | 'signals'>

/** What all lanes of a process share, from one invocation to the next. */
export interface LanePorts extends LaneStores, Pick<ClaimPolicyOptions, 'randomness' | 'exclusiveHolder'> {
  readonly catalog: Pick<StateStores['catalog'], 'readRevision'>
  readonly registry: PluginRegistry
  /** The flags' values below those of the source. */
  readonly environment: RawValues
  readonly flags: FlagSource
  readonly killSwitch: KillSwitch
  /** Reaches the account's broker, for one invocation. */
  gateway(account: AccountLabel): BrokerGateway
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly codeVersion: string
}

/** How long an invocation may take, and how much of that is left, on the monotonic clock. */
export interface TimeBudget {
  readonly totalMs: number
  remainingMs(): number
}

export interface Invocation {
  /** When it ends, at the latest: nothing that it sends leaves later. */
  readonly deadline: EpochMs
  readonly time: TimeBudget
}

/** What one message's run of a lane needs from around it. */
export interface LaneDeps
  extends
    Pick<LaneStores, 'lanes' | 'executions' | 'orderEvents' | 'signals'>,
    Pick<LanePorts, 'clock' | 'telemetry' | 'codeVersion'>,
    Pick<Invocation, 'time'> {
  /** The message's. */
  readonly settings: Settings
  readonly calendar: TradingCalendar
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
  const { lanes, decisions, executions, orderEvents, signals, clock, telemetry, codeVersion } = ports
  const compiled = catalogCompiler(ports.catalog, ports.registry)
  const calendars = keptCalendars()
  const fleetOf = keptFleet(ports.environment)
  return (message, { deadline, time }) => {
    const { account, settings: raw, catalogHash } = message
    const settings = parseSettings(raw)
    const calendar = calendars(settings)
    const gateway = ports.gateway(account.label)
    const permissions = permissionsWithin(ports, fleetOf)
    const connect = async (): Promise<OrderDeps> => {
      const broker = await gateway.connect(account.target)
      return {
        decisions,
        executions,
        events: orderEvents,
        firewall: new OrderFirewall({ broker, killSwitch: ports.killSwitch, permissions, calendar, clock }),
        withheld: withheldBy(message),
        brokerAt: (target) => gateway.connect(target),
        claims: createClaimPolicy({ ...ports, deadline: () => deadline }),
        clock,
        telemetry,
      }
    }
    let connected: Promise<OrderDeps> | null = null
    return {
      lanes,
      executions,
      orderEvents,
      signals,
      clock,
      telemetry,
      codeVersion,
      time,
      settings,
      calendar,
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

/** Flags as they are in this invocation: one reading, younger than its beginning, so never older than 60 s. */
function permissionsWithin(
  { flags, clock }: Pick<LanePorts, 'flags' | 'clock'>,
  fleetOf: (overlay: RawValues) => Fleet,
): PermissionSource {
  const begun = clock.monotonic()
  return {
    read: async (label) => {
      try {
        const { values } = await flags.read(clock.monotonic() - begun)
        const { settings, accounts } = fleetOf(values)
        return { settings, account: accounts.find((account) => account.label === label) ?? null }
      } catch (cause) {
        if (!(cause instanceof ConfigurationError)) throw cause
        throw new UnavailableError('the flags cannot be understood', { cause })
      }
    },
  }
}

/** A lane of one account over real stores and an exchange in the process, driven one tick at a time. */
import { encodeTick } from '../../lib/formats/tick-codec.ts'
import { handleTick, type TickOutcome } from '../../lib/lanes/handle-tick.ts'
import { laneWiring, type LaneDeps, type LanePorts, type LaneWiring } from '../../lib/lanes/lane-wiring.ts'
import { runLane, type LaneRun } from '../../lib/lanes/run-lane.ts'
import type { AccountLabel } from '../../lib/domain/account-label.ts'
import type { Decision } from '../../lib/domain/decision.ts'
import { decimal } from '../../lib/domain/decimal.ts'
import { UnavailableError } from '../../lib/domain/errors.ts'
import type { Execution } from '../../lib/domain/execution.ts'
import type { ClientOrderId } from '../../lib/domain/ids.ts'
import type { RequestBudget } from '../../lib/domain/request-budget.ts'
import type { LogPosition, Signal } from '../../lib/domain/signal.ts'
import type { TickMessage } from '../../lib/domain/tick-message.ts'
import { floorToMinute, plusSeconds } from '../../lib/domain/time.ts'
import { FaultPlan, type FaultKind } from '../../lib/exchange/faults.ts'
import { InProcessBroker } from '../../lib/exchange/in-process.ts'
import { PaperExchange } from '../../lib/exchange/paper-exchange.ts'
import type { SubmittingBroker } from '../../lib/ports/broker.ts'
import type { Clock } from '../../lib/ports/clock.ts'
import type { StateStores } from '../../lib/ports/state-stores.ts'
import { catalogHash } from '../../lib/strategy/compile.ts'
import type { StrategyPlugin } from '../../lib/strategy/plugin.ts'
import { builtinRegistry } from '../../lib/strategy/registry.ts'
import { flagSource, type SwitchState, withSwitch } from './flag-readings.ts'
import { HandClock } from './hand-clock.ts'
import { alwaysBuys, buyEverything } from './always-buys.ts'
import { CountingTelemetry } from './telemetry.ts'
import { ALPHA, TARGET, aSignal, anAccount } from './state-samples.ts'

export const LABEL = ALPHA
const PROCESS_MS = 50_000

/** Counts what reaches it, taken or not. */
class WatchedExchange extends PaperExchange {
  readonly submissions: Readonly<Record<string, unknown>>[] = []
  override placeOrder(label: AccountLabel, body: Readonly<Record<string, unknown>>) {
    this.submissions.push(body)
    return super.placeOrder(label, body)
  }
}

export class LaneFixture {
  readonly clock = new HandClock('2026-02-10T15:00:30Z')
  readonly exchange: WatchedExchange
  readonly faults = new FaultPlan()
  readonly telemetry = new CountingTelemetry()
  killSwitch: SwitchState = 'off'
  /** What the tick message says, which may be older than what the firewall reads. */
  killSwitchInTick: boolean | null = null
  /** What the tick message says of the account. */
  admitted = true
  /** What a tick after signals names. */
  upTo: LogPosition | null = null
  settings: Record<string, string> = {
    TRADING_STRATEGY_RUNTIME_MODE: 'plugin_v3',
    TRADING_ENABLED: 'true',
    TRADING_KILL_SWITCH_ENABLED: 'false',
    TRADING_SIGNAL_START: 'earliest',
  }
  /** What is in force when an order is sent; null: what the tick message says. */
  flags: Readonly<Record<string, string>> | null = null
  /** Runs right before the broker's submit, e.g. to die there. */
  beforeSubmit: () => void = () => {}
  /** Runs right before the broker is asked for an order, is told to cancel one, is asked for a snapshot. */
  beforeLookUp: (id: ClientOrderId) => void = () => {}
  beforeCancel: () => void = () => {}
  beforeSnapshot: () => void = () => {}
  remainingMs = PROCESS_MS
  /** What the lane waits for within an invocation; it takes no time. */
  readonly pauses: number[] = []
  brokerReachable = true
  connections = 0
  readonly #budgets = new Set<RequestBudget>()
  readonly stores: StateStores
  /** Plugins of its own. */
  readonly plugins: readonly StrategyPlugin[]
  /** The catalog that tick messages name. */
  strategies = buyEverything
  /** The catalog as it is now, if another. */
  strategiesNow: typeof buyEverything | null = null
  /** How often the current revision was asked for. */
  catalogReads = 0
  readonly account = anAccount()
  readonly #own: LanePorts
  readonly #wire: LaneWiring
  #seq = 0
  #tokens = 0

  /** `own`: ports instead of the fixture's. */
  constructor(
    open: (clock: Clock) => StateStores,
    own: (clock: Clock) => Partial<LanePorts> = () => ({}),
    plugins: readonly StrategyPlugin[] = [],
  ) {
    this.plugins = plugins
    this.stores = open(this.clock)
    this.exchange = new WatchedExchange({ clock: this.clock, alwaysOpen: true })
    this.exchange.openAccount({ label: LABEL, cash: decimal('1000000'), multiplier: decimal(1) })
    this.#own = { ...this.#ports(), ...own(this.clock) }
    this.#wire = laneWiring(this.#own)
  }

  async signal(symbol = 'AAPL', price = '100', indicators: Signal['payload'] = {}): Promise<void> {
    this.#seq += 1
    this.exchange.markPrices({ [symbol]: decimal(price) })
    await this.stores.signals.append(
      aSignal(this.#seq, {
        eventTs: this.clock.now(),
        symbol,
        timeframe: '1Min',
        payload: { price, macd: '1', macd_signal: '0', rsi14: '50', ...indicators },
      }),
    )
  }

  /** What becomes of the next order that is sent. */
  failNextOrder(kind: FaultKind): void {
    this.faults.add({ on: 'POST /v2/orders', kind })
  }

  async tick(): Promise<LaneRun> {
    const message = this.#message('cycle')
    return runLane(message, this.#wired(message))
  }

  /** A message as the queue delivers it, sent `ageSeconds` ago. */
  deliver(kind: TickMessage['kind'], { receiveCount = 1, ageSeconds = 0 } = {}): Promise<TickOutcome> {
    const message = this.#message(kind)
    const body = encodeTick({ ...message, tickAt: plusSeconds(message.tickAt, -ageSeconds) })
    return handleTick({ body, receiveCount }, this.#own, (decoded) => this.#wired(decoded, receiveCount > 1))
  }

  /** Requests to the broker so far. */
  get requests(): number {
    return [...this.#budgets].reduce((sum, { spent }) => sum + spent, 0)
  }

  async executions(): Promise<readonly Execution[]> {
    const all: Execution[] = []
    for await (const execution of this.stores.executions.listExecutions(LABEL)) all.push(execution)
    return all
  }

  async decisions(): Promise<readonly Decision[]> {
    const all: Decision[] = []
    for await (const decision of this.stores.decisions.listDecisions(LABEL)) all.push(decision)
    return all
  }

  lane() {
    return this.stores.lanes.readLane(LABEL, 'ta')
  }

  #message(kind: TickMessage['kind']): TickMessage {
    return {
      kind,
      tickAt: floorToMinute(this.clock.now()),
      account: this.account,
      settings: this.settings,
      admitted: this.admitted,
      upTo: this.upTo,
      killSwitchOn: this.killSwitchInTick ?? this.killSwitch !== 'off',
      catalogHash: catalogHash(this.strategies),
    }
  }

  #wired(message: TickMessage, redelivered = false): LaneDeps {
    const deadline = plusSeconds(this.clock.now(), PROCESS_MS / 1000)
    const pause = async (milliseconds: number) => this.pauses.push(milliseconds)
    const time = { totalMs: PROCESS_MS, remainingMs: () => this.remainingMs, pause }
    return this.#wire(message, { deadline, time, redelivered })
  }

  #ports(): LanePorts {
    const registry = JSON.stringify([{ label: LABEL, base_url: TARGET.baseUrl }])
    return {
      ...this.stores,
      catalog: {
        currentHash: async () => {
          this.catalogReads += 1
          return catalogHash(this.strategiesNow ?? this.strategies)
        },
        readRevision: async (hash) => {
          const revisions = [this.strategies, this.strategiesNow ?? []]
          const strategies = revisions.find((revision) => catalogHash(revision) === hash) ?? []
          return { hash, strategies }
        },
      },
      registry: builtinRegistry([alwaysBuys, ...this.plugins]),
      environment: { TRADING_ACCOUNTS_JSON: registry },
      flags: flagSource(this.clock, () => withSwitch(this.flags ?? this.settings, this.killSwitch)),
      gateway: (_, requests) => ({ connect: async () => this.#connect(requests) }),
      randomness: { token: () => `token-${(this.#tokens += 1)}` },
      clock: this.clock,
      telemetry: this.telemetry,
      codeVersion: 'test',
    }
  }

  #connect(requests: RequestBudget): SubmittingBroker {
    this.connections += 1
    this.#budgets.add(requests)
    if (!this.brokerReachable) throw new UnavailableError('the broker cannot be reached')
    const broker = new InProcessBroker(this.exchange, LABEL, TARGET, this.faults, requests)
    return {
      target: TARGET,
      snapshot: () => {
        this.beforeSnapshot()
        return broker.snapshot()
      },
      openOrders: () => broker.openOrders(),
      finalOrders: (sentAfter) => broker.finalOrders(sentAfter),
      ordersSentAfter: (moment) => broker.ordersSentAfter(moment),
      cancelAll: () => broker.cancelAll(),
      findByClientOrderId: (id) => {
        this.beforeLookUp(id)
        return broker.findByClientOrderId(id)
      },
      cancel: (id) => {
        this.beforeCancel()
        return broker.cancel(id)
      },
      submit: (order) => {
        this.beforeSubmit()
        return broker.submit(order)
      },
    }
  }
}

/** A lane of one account over real stores and a venue in memory, driven one tick at a time. */
import { MemoryBroker, MemoryVenue } from '../../lib/adapters/memory/broker.ts'
import { parseSettings } from '../../lib/flags/parse-settings.ts'
import { createCalendar } from '../../lib/market/calendar/create-calendar.ts'
import type { LaneDeps, LaneRun } from '../../lib/lanes/lane-deps.ts'
import { runLane } from '../../lib/lanes/run-lane.ts'
import { accountLabel } from '../../lib/domain/account-label.ts'
import type { AccountConfig, BrokerTarget } from '../../lib/domain/account.ts'
import type { Decision } from '../../lib/domain/decision.ts'
import { decimal } from '../../lib/domain/decimal.ts'
import { UnavailableError } from '../../lib/domain/errors.ts'
import type { Execution } from '../../lib/domain/execution.ts'
import type { Signal } from '../../lib/domain/signal.ts'
import type { TickMessage } from '../../lib/domain/tick-message.ts'
import { asMonotonicMs, floorToMinute, instant, plusSeconds } from '../../lib/domain/time.ts'
import { createClaimPolicy } from '../../lib/orders/claims.ts'
import type { SubmittingBroker } from '../../lib/ports/broker.ts'
import type { Clock } from '../../lib/ports/clock.ts'
import type { KillSwitchReading } from '../../lib/ports/kill-switch.ts'
import type { StateStores } from '../../lib/ports/state-stores.ts'
import { compileStrategies } from '../../lib/strategy/compile.ts'
import { builtinRegistry } from '../../lib/strategy/registry.ts'
import { alwaysBuys, buyEverything } from './simulation/always-buys.ts'

export const LABEL = accountLabel('alpha')
const TARGET: BrokerTarget = { mode: 'paper', baseUrl: 'http://127.0.0.1:1' }
const PROCESS_MS = 50_000

class FixtureClock implements Clock {
  #now = instant('2026-02-10T15:00:30Z')
  now = () => this.#now
  monotonic = () => asMonotonicMs(this.#now)
  pass(seconds: number): void {
    this.#now = plusSeconds(this.#now, seconds)
  }
}

export class LaneFixture {
  readonly clock = new FixtureClock()
  readonly venue = new MemoryVenue(decimal('1000000'))
  readonly counted: [metric: string, count: number, properties: object][] = []
  killSwitch: KillSwitchReading['state'] = 'off'
  /** What the tick message says, which may be older than what the firewall reads. */
  killSwitchInTick: boolean | null = null
  settings: Record<string, string> = {
    TRADING_STRATEGY_RUNTIME_MODE: 'plugin_v3',
    TRADING_ENABLED: 'true',
    TRADING_KILL_SWITCH_ENABLED: 'false',
    TRADING_SIGNAL_START: 'earliest',
  }
  /** Runs right before the broker's submit, e.g. to die there. */
  beforeSubmit: () => void = () => {}
  remainingMs = PROCESS_MS
  brokerReachable = true
  connections = 0
  readonly stores: StateStores
  readonly account: AccountConfig = { label: LABEL, enabled: true, target: TARGET, strategies: null }
  readonly #strategies = compileStrategies(buyEverything, builtinRegistry([alwaysBuys]), {
    circuitErrors: 3,
    circuitCooldownSeconds: 300,
  })
  #seq = 0
  #tokens = 0

  constructor(open: (clock: Clock) => StateStores) {
    this.stores = open(this.clock)
  }

  async signal(symbol = 'AAPL', price = '100', indicators: Signal['payload'] = {}): Promise<void> {
    this.#seq += 1
    await this.stores.signals.append({
      eventTs: this.clock.now(),
      symbol,
      timeframe: '1Min',
      seq: this.#seq,
      source: 'ta',
      ingestTs: null,
      payload: { price, macd: '1', macd_signal: '0', rsi14: '50', ...indicators },
    })
  }

  tick(deps: Partial<LaneDeps> = {}): Promise<LaneRun> {
    const message: TickMessage = {
      kind: 'cycle',
      tickAt: floorToMinute(this.clock.now()),
      account: this.account,
      settings: this.settings,
      killSwitchOn: this.killSwitchInTick ?? this.killSwitch !== 'off',
      catalogHash: this.#strategies.catalogHash,
    }
    return runLane(message, { ...this.#deps(), ...deps })
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

  total(metric: string): number {
    return this.counted.filter(([name]) => name === metric).reduce((sum, [, count]) => sum + count, 0)
  }

  #deps(): LaneDeps {
    const deadline = plusSeconds(this.clock.now(), PROCESS_MS / 1000)
    return {
      ...this.stores,
      strategies: async () => this.#strategies,
      gateway: { connect: async () => this.#connect() },
      killSwitch: {
        read: async () => ({ state: this.killSwitch, version: '1', readAt: this.clock.monotonic() }),
      },
      permissions: { read: async () => ({ settings: parseSettings(this.settings), account: this.account }) },
      calendar: () => createCalendar('us_equities'),
      claims: createClaimPolicy({
        randomness: { token: () => `token-${(this.#tokens += 1)}` },
        deadline: () => deadline,
      }),
      clock: this.clock,
      telemetry: {
        count: (metric, count, properties = {}) => this.counted.push([metric, count, properties]),
        measure: () => {},
        record: () => {},
      },
      time: { totalMs: PROCESS_MS, remainingMs: () => this.remainingMs },
      codeVersion: 'test',
    }
  }

  #connect(): SubmittingBroker {
    this.connections += 1
    if (!this.brokerReachable) throw new UnavailableError('the broker cannot be reached')
    const broker = new MemoryBroker(TARGET, this.venue)
    return {
      target: TARGET,
      snapshot: () => broker.snapshot(),
      findByClientOrderId: (id) => broker.findByClientOrderId(id),
      cancel: (id) => broker.cancel(id),
      submit: (order) => {
        this.beforeSubmit()
        return broker.submit(order)
      },
    }
  }
}

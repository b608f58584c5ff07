/**
 * The independent checker: told of every write, reading and POST the moment it happens, it keeps its own view of what
 * is stored and judges each step; at the end it judges what the run has come to.
 */
import type { Parameter } from '@aws-sdk/client-ssm'
import type { TickOutcome } from '../../../lib/lanes/handle-tick.ts'
import type { Attributes } from '../../support/simulated-dynamodb/evaluate.ts'
import type { SimulatedTable } from '../../support/simulated-dynamodb/table.ts'
import { judgeBooks, judgeLookedAt } from './books-rules.ts'
import type { Checks, Violation } from './checks.ts'
import type { BrokerRequest } from './exchange.ts'
import type { Finding } from './execution-rules.ts'
import { judgeRun } from './final-rules.ts'
import { ForwarderRules, isLeased, judgeHeardOf } from './forwarder-rules.ts'
import type { LaneTick } from './deployed.ts'
import type { QueuedMessage } from './fifo-queue.ts'
import { idleCalls, judgeEnded, wasAlone } from './invocation-rules.ts'
import { judgeOutcome, shortly } from './lane-outcome.ts'
import { Lost, viewsOf } from './lost.ts'
import type { Invocation } from './host.ts'
import { OwedSignals } from './owed-signals.ts'
import { PastRules } from './past-rules.ts'
import { judgeTicks } from './tick-rules.ts'
import { judgePost } from './post-rules.ts'
import { RequestRates } from './request-rates.ts'
import type { RulesOfBars } from './rules-of-bars.ts'
import { judgeUpTo, NotedTicks } from './signal-tick-rules.ts'
import { sourceOf } from './scenario.ts'
import { SignalLogView } from './signal-log-view.ts'
import { kindOf } from './stored.ts'
import { StateView } from './state-view.ts'
import { switchesOffAt } from './switches.ts'
import type { Observed } from './observed.ts'
import { judgeWrite, type WriteWorld } from './write-rules.ts'

/** More say nothing new. */
const MOST_VIOLATIONS = 20

export class Checker implements Checks {
  readonly violations: Violation[] = []
  /** Told of every new decision. */
  onDecision: (decision: Attributes) => void = () => undefined
  view = new StateView()
  log = new SignalLogView()
  readonly owed = new OwedSignals()
  readonly lost = new Lost()
  readonly past = new PastRules()
  /** Whether a pass of `reconcile` finds nothing to change any more. */
  isReconciled = false
  readonly rates = new RequestRates()
  readonly forwarders = new ForwarderRules()
  readonly #noted = new NotedTicks()
  readonly counts = { ticks: 0, cycles: 0, orderCycles: 0, posts: 0, failedCycles: 0 }
  /** Orders that began under a claim's token. */
  readonly postedTokens = new Set<string>()
  /** Cycles that sent orders of their own, by account and version. */
  readonly #sent = new Set<string>()
  readonly #posts = new Map<Invocation, number>()
  /** Those that were running when a lane was made. */
  readonly #madeLane = new Set<Invocation>()
  readonly #resumed = new Set<string>()
  readonly #world: Observed
  #calmSince: number | null = null
  /** What the rules judge by; gathered anew when a part of it is another one. */
  #bars: RulesOfBars | null = null
  #evidence: WriteWorld

  constructor(world: Observed) {
    this.#world = world
    this.#evidence = this.#gathered()
  }

  wrote(table: string, before: Attributes | null, after: Attributes | null): void {
    if (after === null) return
    const kind = kindOf(after)
    judgeWrite({ table, kind, before, after }, this.#evidence, (findings, subject) =>
      this.#found(findings, subject),
    )
    if (table === 'signals') return
    this.#noted.wrote(after, this.#world.kernel.now)
    if (kind === 'trade_decisions' && before === null) this.onDecision(after)
    if (kind === 'trade_cursor' && before === null)
      for (const invocation of this.#world.invocations()) if (invocation.alive) this.#madeLane.add(invocation)
    this.view.wrote(kind, after, this.#world.kernel.now)
  }

  /** The stage feeds itself. */
  judgeBars(bars: RulesOfBars): void {
    this.#bars = bars
    this.#evidence = this.#gathered()
  }

  switchWasRead(invocation: Invocation, read: readonly Parameter[], begun: number): void {
    for (const account of switchesOffAt(read, this.#world.scenario.accounts)) {
      invocation.readOffAt.set(account, begun)
    }
  }

  messagesSent(invocation: Invocation, bodies: readonly string[]): void {
    const { scenario, kernel } = this.#world
    const found = isLeased(invocation)
      ? this.forwarders.publishes(invocation, kernel.now)
      : judgeTicks(invocation, bodies, scenario)
    this.#found(found, invocation.name)
  }

  brokerRequestBegins(invocation: Invocation, request: BrokerRequest): void {
    const { kernel } = this.#world
    const account = request.keyId.replace(/^key-/, '')
    this.#found(this.rates.began(account, invocation, kernel.now), `${account} ${request.method}`)
    this.rates.lookUp(request.url, kernel.now)
    if (request.method !== 'POST') return
    this.counts.posts += 1
    this.#posts.set(invocation, (this.#posts.get(invocation) ?? 0) + 1)
    const { findings, claim } = judgePost(account, invocation, request.body, this.#evidence)
    if (claim !== null) this.postedTokens.add(claim.token)
    if (claim?.takeover === false) this.#sent.add(`${account} ${this.view.lane(account)?.version}`)
    this.#found(findings, `POST by ${invocation.name}`)
  }

  duplicateReached(account: string, clientOrderId: string): void {
    const { scenario, exchange } = this.#world
    if (!scenario.claimsAlone || exchange.foreign.has(account)) return
    const found: Finding = ['one-order', 'a second POST of an order reached the broker']
    this.#found([found], `${account} ${clientOrderId}`)
  }

  unexpected(invocation: Invocation | null, error: unknown): void {
    const shown =
      error instanceof Error ? `${error.name}: ${error.message} ${error.stack ?? ''}` : String(error)
    this.#found([['faults-stay-local', shown.slice(0, 600)]], invocation?.name ?? 'an invocation')
  }

  /** An answer to a topic that makes it give the whole batch again. */
  repeatedBatch(unknown: string): void {
    this.#found([['faults-stay-local', `names what is not in its batch: ${unknown}`]], 'a topic')
  }

  /** Its time is up and it has not ended: only what has met its requests can be why. Operators have no bound (seed 2863). */
  ranOutOfTime({ name, disturbed, hung }: Invocation): void {
    if (!disturbed && !(hung && name.startsWith('operator_')))
      this.#found([['faults-stay-local', 'ran into its deadline though nothing met its requests']], name)
  }

  laneBegins(invocation: Invocation, account: string, waiting: readonly QueuedMessage[]): void {
    this.#found(this.#noted.judge(waiting, account), account)
    invocation.unsettledBefore = this.view.lane(account)?.unsettled.length ?? 0
  }

  laneEnded(invocation: Invocation, { account, isDated, upTo }: LaneTick, outcome: TickOutcome): void {
    const { kind, reason } = shortly(outcome)
    this.#world.kernel.trace.add(`${this.#world.kernel.now} ${invocation.name} ${kind} ${reason}`)
    if (outcome.kind === 'cycle') this.counts.cycles += 1
    const isFailed = kind === 'failed' || kind === 'retryable'
    if (isFailed && this.#world.scenario.accounts.includes(account)) this.counts.failedCycles += 1
    const isNew = this.#madeLane.has(invocation)
    const isAfterSignals = upTo !== null
    const mostCalls = idleCalls({ isNew, isDated, isAfterSignals })
    const { isReconciled } = this
    const around = { calmSince: this.#calmSince, mostCalls, isReconciled, world: this.#world }
    const ended = {
      account,
      outcome,
      isAfterSignals,
      isDearer: isNew || isDated,
      posts: this.#posts.get(invocation) ?? 0,
      isAlone: wasAlone(invocation, this.#world.invocations()),
    }
    this.#found(judgeEnded(invocation, ended, this.#evidence), invocation.name)
    this.#found(judgeUpTo(account, upTo, outcome, invocation, this.#evidence), invocation.name)
    this.#found(judgeOutcome(account, outcome, invocation, around), invocation.name)
  }

  /** An operator lets the account's lane go on. */
  resumed(account: string): void {
    this.#resumed.add(account)
  }

  /**
   * Retention has passed; `waiting`: signals that may still be delivered.
   * @param areRemoved whether the rows are gone; while they are there whoever delivers their signals again finds them
   */
  signalsExpired(waiting: readonly string[], areRemoved = true): void {
    if (areRemoved) this.log.forgetExpired(this.#world.kernel.now)
    this.owed.forgotten(waiting)
  }

  /** The tables are what they were once; what was written since is forgotten. */
  tablesRestored(tables: readonly SimulatedTable[], waiting: readonly string[]): void {
    const { accounts } = this.#world.scenario
    Object.assign(this, viewsOf(tables, this.#world.kernel.now))
    this.#evidence = this.#gathered()
    this.owed.forgotten(waiting)
    this.lost.note(accounts, this.view, this.#world.exchange)
  }

  /** As `status` shows it: no lane is behind, nothing is unsettled. */
  hasCaughtUp(): boolean {
    return this.#world.scenario.accounts.every((account) => {
      const lane = this.view.lane(account)
      return (
        lane?.cursor === this.log.end(sourceOf(this.#world.scenario)) &&
        this.view.unsettled(account).length === 0
      )
    })
  }

  /** Since then `reconcile` has looked at every order that is open. */
  lookedAtAll(since: number): void {
    this.#found(judgeLookedAt(since, this.rates, this.#evidence), 'open orders')
  }

  /** Nothing has failed for long enough that every update has come. */
  heardOfAll(): void {
    this.#found(judgeHeardOf(this.#evidence), 'by its updates')
  }

  namedLost(account: string, named: readonly string[]): void {
    this.#found(this.lost.judge(account, named, this.view, this.#world.exchange), account)
  }

  calm(): void {
    this.#calmSince = this.#world.kernel.now
    this.#evidence = this.#gathered()
  }

  /** Whether all is as it must be at the end. */
  isSettled(): boolean {
    return judgeRun(this.#evidence).length === 0
  }

  /** The run is over. */
  finish(): void {
    this.counts.orderCycles = this.#sent.size
    for (const [invariant, detail] of judgeRun(this.#evidence))
      this.#found([[invariant, detail]], 'at the end')
    if (this.isReconciled) this.#found(judgeBooks(this.#evidence), 'after two passes of reconcile')
  }

  #gathered(): WriteWorld {
    const { kernel, scenario, parameters, exchange, closesAt, faults } = this.#world
    const { view, log, owed, lost, postedTokens, past, forwarders } = this
    return {
      kernel,
      scenario,
      parameters,
      exchange,
      closesAt,
      faults,
      waitingSignals: () => this.#world.waitingSignals(),
      invocations: () => this.#world.invocations(),
      view,
      log,
      owed,
      bars: this.#bars,
      lost,
      postedTokens,
      past,
      forwarders,
      calmSince: this.#calmSince,
      isResumed: (account) => this.#resumed.has(account),
    }
  }

  #found(findings: readonly Finding[], subject: string): void {
    for (const [invariant, detail] of findings) {
      const violation = { invariant, at: this.#world.kernel.now, detail: `${detail} (${subject})` }
      this.#world.kernel.trace.add(`${violation.at} VIOLATION ${invariant}: ${violation.detail}`)
      if (this.violations.length < MOST_VIOLATIONS) this.violations.push(violation)
    }
  }
}

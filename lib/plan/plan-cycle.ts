/**
 * The pure half of a cycle (docs/architecture.md#plan): from a lane, its signals, the account and the settings to
 * everything the cycle will do.
 *
 * Invariants: no clock, no randomness, no I/O; equal inputs give byte-equal plans; every position in
 * (cursor, nextCursor] has exactly one outcome, an expired run of them one for all; the cursor never moves
 * back.
 */
import type { Decision } from '../domain/decision.ts'
import type { LoggedSignal } from '../domain/signal.ts'
import {
  type AskedMarks,
  type Asking,
  type Failing,
  latenessBy,
  UNMARKED,
} from '../strategy/signal-evaluation.ts'
import { METRICS } from '../domain/metric-names.ts'
import { PLAN_SCHEMA, type Plan, type SignalOutcome, type TimedOut } from '../domain/plan.ts'
import { historyAsked } from '../strategy/compile.ts'
import { History } from '../strategy/history.ts'
import { accountStrategies } from './account-strategies.ts'
import { type Deciding, DecisionMaker } from './plan-decisions.ts'
import { type CycleInputs, lastPosition } from './cycle-inputs.ts'
import { IntentSource, type SignalIntents } from './plan-intents.ts'
import { Observations } from './plan-observations.ts'

export type { CycleInputs } from './cycle-inputs.ts'

/** How much a plan has decided so far. */
export interface PlanSize {
  readonly accepted: number
  readonly denied: number
}

const NONE_TIMED_OUT: TimedOut = Object.freeze({})

/** Who hears, while a plan is made, what the plan does not say. */
export interface PlanListener {
  /** `ask` asks the same once more. */
  readonly asking?: ((strategyId: string, ask: () => unknown, position: number) => void) | undefined
  readonly failing?: Failing
  /** Where it is marked who is asked; nobody looks if it does not say so. */
  readonly marks?: AskedMarks
  /** Of every signal, before anything is decided about it. */
  readonly evaluated?: (intents: SignalIntents, logged: LoggedSignal) => void
  readonly deciding?: (deciding: Deciding) => void
}

/**
 * Plans one cycle.
 * @param isEnough asked before each further signal: whether the plan ends here, as if the batch did
 * @param told of each strategy whose plugin is asked, and of what went wrong; changes nothing
 * @throws InvalidValueError when the batch does not continue the lane's cursor without a hole
 */
export function planCycle(
  inputs: CycleInputs,
  isEnough: (size: PlanSize) => boolean = () => false,
  told: PlanListener = {},
): Plan {
  const { lane, batch, settings } = inputs
  const end = lastPosition(inputs)
  const strategies = accountStrategies(inputs.strategies, inputs.account)
  const observations = new Observations()
  const timedOut = inputs.timedOut ?? NONE_TIMED_OUT
  let present = 0
  let symbol = ''
  const marks = told.marks ?? UNMARKED
  const source = new IntentSource(strategies, settings, lane.circuits, observations)
  const history = new History(inputs.history)
  const maker = new DecisionMaker(inputs, strategies.byId, told.deciding)
  const asking: Asking = (strategyId, ask) => told.asking?.(strategyId, ask, present)
  // of the signal at hand; all that is asked of them is asked at once
  const view = () => maker.viewOf(symbol)
  const lateness = latenessBy(timedOut, () => present)
  const decisions: Decision[] = []
  const outcomes: SignalOutcome[] = []
  const size = { accepted: 0, denied: 0 }
  for (const logged of batch.signals) {
    if (outcomes.length > 0 && isEnough(size)) break
    present = logged.position
    symbol = logged.signal.symbol
    marks.asking(present)
    const around = { asking, asked: marks.asked, view, lateness, history: history.before(logged.signal) }
    const intents = source.intentsOf(logged.signal, around)
    history.add(logged, historyAsked(strategies.compiled, logged.signal))
    for (const error of intents.errors) told.failing?.(error, logged)
    told.evaluated?.(intents, logged)
    for (const wanted of intents.wanted) {
      const decision = maker.decide(wanted, logged, intents.features.values.price)
      observeDenial(decision, observations)
      decisions.push(decision)
      size[decision.outcome.kind] += 1
    }
    outcomes.push({ position: logged.position, code: outcomeCode(intents) })
  }
  return {
    schema: PLAN_SCHEMA,
    decisions,
    outcomes,
    expired: batch.expired,
    nextCursor: outcomes.at(-1)?.position ?? end,
    circuits: source.circuits(),
    cooldowns: maker.cooldowns(),
    observations: observations.toList(),
  }
}

/**
 * What became of a signal: `decided:<number of decisions, denied ones included>`,
 * `strategy_error:<places in the sealed catalog>` (strategies that could not decide), `nothing_to_close` (what a strategy
 * wants to close is not held, or open orders close it already), `history_too_short` (a strategy looks farther back than there
 * are signals), `normalization_error:<what>`, `no_strategy` (it concerns none that the account trades), `no_intent`.
 */
function outcomeCode(intents: SignalIntents): string {
  const { wanted, normalizationError, asked, failed, nothingToClose, historyTooShort } = intents
  if (wanted.length > 0) return `decided:${wanted.length}`
  if (failed.length > 0) return `strategy_error:${failed.join(',')}`
  if (nothingToClose) return 'nothing_to_close'
  if (historyTooShort) return 'history_too_short'
  if (normalizationError !== null) return `normalization_error:${normalizationError}`
  return asked === 0 ? 'no_strategy' : 'no_intent'
}

function observeDenial({ outcome, symbol }: Decision, observations: Observations): void {
  if (outcome.kind === 'accepted') return
  const { reason } = outcome
  observations.count(METRICS.ordersDenied, { reason, symbol })
  if (reason === 'kill_switch_on') observations.count(METRICS.killSwitchBlocks, { symbol })
}

/**
 * Soak figures: what has been seen since the current rollout stage began, counted from the sealed cycle records.
 * A record holds the flags that it was planned under, so that it tells its stage itself.
 *
 * Only cycles that planned something leave a record; idle ones write nothing (docs/architecture.md#cycle).
 */
import { parseSettings } from '../flags/parse-settings.ts'
import { ConfigurationError } from '../domain/errors.ts'
import type { CycleRecord } from '../domain/plan.ts'
import { METRICS, type CountedMetric } from '../domain/metric-names.ts'
import type { EpochMs } from '../domain/time.ts'
import { rolloutStage, type RolloutNumber, type RolloutStage, type SoakNeed } from './rollout.ts'

export interface SoakFigures {
  /** The first cycle of the stage; null when it has none yet. */
  readonly since: EpochMs | null
  readonly cycles: number
  readonly signals: number
  readonly decisions: number
  readonly accepted: number
  readonly denials: number
  readonly denialsByReason: Readonly<Record<string, number>>
  readonly errors: number
  readonly fallbacks: number
  readonly shadowDivergences: number
  readonly circuitsOpened: number
}

export const NO_FIGURES: SoakFigures = {
  since: null,
  cycles: 0,
  signals: 0,
  decisions: 0,
  accepted: 0,
  denials: 0,
  denialsByReason: {},
  errors: 0,
  fallbacks: 0,
  shadowDivergences: 0,
  circuitsOpened: 0,
}

/** The stage under which a cycle was planned; null when its flags mean nothing to this version. */
export function stageOfRecord({ inputs }: CycleRecord): RolloutNumber | null {
  try {
    return rolloutStage(parseSettings(inputs.settings), inputs.killSwitchOn).number
  } catch (error) {
    if (error instanceof ConfigurationError) return null
    throw error
  }
}

/**
 * Figures of a lane's latest uninterrupted run of cycles in a stage. `records` come oldest first; a cycle of
 * another stage begins the count anew.
 */
export async function soakOfLane(
  records: AsyncIterable<CycleRecord> | Iterable<CycleRecord>,
  stage: RolloutNumber,
): Promise<SoakFigures> {
  let figures = NO_FIGURES
  for await (const record of records) {
    figures = stageOfRecord(record) === stage ? addRecord(figures, record) : NO_FIGURES
  }
  return figures
}

/** The figures of several lanes together. */
export function sumFigures(lanes: readonly SoakFigures[]): SoakFigures {
  return lanes.reduce(
    (sum, lane) => ({
      since: earliest(sum.since, lane.since),
      cycles: sum.cycles + lane.cycles,
      signals: sum.signals + lane.signals,
      decisions: sum.decisions + lane.decisions,
      accepted: sum.accepted + lane.accepted,
      denials: sum.denials + lane.denials,
      denialsByReason: addCounts(sum.denialsByReason, lane.denialsByReason),
      errors: sum.errors + lane.errors,
      fallbacks: sum.fallbacks + lane.fallbacks,
      shadowDivergences: sum.shadowDivergences + lane.shadowDivergences,
      circuitsOpened: sum.circuitsOpened + lane.circuitsOpened,
    }),
    NO_FIGURES,
  )
}

export interface NeedFinding extends SoakNeed {
  readonly found: number
  readonly met: boolean
}

const FIGURE_WORDS = {
  cycles: 'cycles with signals',
  errors: 'strategy errors',
  fallbacks: 'fallbacks to the legacy rule',
  circuitsOpened: 'circuits opened',
} as const

/** `at least 390 cycles with signals`. */
export function needText({ figure, bound, limit }: SoakNeed): string {
  return `${bound} ${limit} ${FIGURE_WORDS[figure]}`
}

/** The stage's needs against what was seen in it. */
export function checkNeeds({ needs }: RolloutStage, figures: SoakFigures): readonly NeedFinding[] {
  return needs.map((need) => {
    const found = figures[need.figure]
    return { ...need, found, met: need.bound === 'at least' ? found >= need.limit : found <= need.limit }
  })
}

function addRecord(figures: SoakFigures, { inputs, plan }: CycleRecord): SoakFigures {
  const observed = (metric: CountedMetric) =>
    plan.observations.reduce((sum, entry) => sum + (entry.metric === metric ? entry.count : 0), 0)
  const denied: Record<string, number> = {}
  for (const { outcome } of plan.decisions) {
    if (outcome.kind === 'denied') denied[outcome.reason] = (denied[outcome.reason] ?? 0) + 1
  }
  const denials = Object.values(denied).reduce((sum, count) => sum + count, 0)
  const lane: SoakFigures = {
    since: inputs.tickAt,
    cycles: 1,
    signals: plan.outcomes.length,
    decisions: plan.decisions.length,
    accepted: plan.decisions.length - denials,
    denials,
    denialsByReason: denied,
    errors: observed(METRICS.strategyErrors),
    fallbacks: observed(METRICS.runtimeFallbacks),
    shadowDivergences: observed(METRICS.shadowDivergences),
    circuitsOpened: observed(METRICS.strategyCircuitsOpened),
  }
  return sumFigures([figures, lane])
}

function earliest(left: EpochMs | null, right: EpochMs | null): EpochMs | null {
  if (left === null || right === null) return left ?? right
  return left < right ? left : right
}

function addCounts(
  left: Readonly<Record<string, number>>,
  right: Readonly<Record<string, number>>,
): Record<string, number> {
  const sum: Record<string, number> = { ...left }
  for (const [key, count] of Object.entries(right)) sum[key] = (sum[key] ?? 0) + count
  return sum
}

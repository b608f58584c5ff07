/** What a lane's sealed cycles say of a rollout stage, summed up. */
import type { EpochMs } from '../domain/time.ts'

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

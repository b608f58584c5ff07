/**
 * Flags in Parameter Store under one path (docs/architecture.md#flags): all pages are read, kept for as long as
 * each caller allows, with one bounded retry round under throttling.
 *
 * Invariants: a reading is as old as its *beginning*; what cannot be read is an UnavailableError, never an
 * old value passed off as a new one.
 */
import type { SSMClient } from '@aws-sdk/client-ssm'
import type { Clock } from '../../ports/clock.ts'
import type { FlagReading, FlagSource } from '../../ports/flag-source.ts'
import { parametersUnder, valuesByName } from './parameters-under.ts'
import { withOneRetry, type RetryPause } from './retry.ts'

export interface ParameterFlagOptions {
  readonly ssm: SSMClient
  /** E.g. `/torghut/dev/flags`, without a trailing slash. */
  readonly path: string
  readonly clock: Clock
  readonly pause: RetryPause
}

export class ParameterFlagSource implements FlagSource {
  readonly #options: ParameterFlagOptions
  #last: FlagReading | null = null
  #underWay: Promise<FlagReading> | null = null

  constructor(options: ParameterFlagOptions) {
    this.#options = options
  }

  async read(maxAgeMs: number): Promise<FlagReading> {
    const last = this.#last
    if (last !== null && this.#options.clock.monotonic() - last.readAt <= maxAgeMs) return last
    this.#underWay ??= this.#readAll().finally(() => {
      this.#underWay = null
    })
    return this.#underWay
  }

  async #readAll(): Promise<FlagReading> {
    const { ssm, path, clock, pause } = this.#options
    const readAt = clock.monotonic()
    const parameters = await withOneRetry(() => parametersUnder(ssm, path), pause, `parameters under ${path}`)
    this.#last = { values: valuesByName(parameters, path), readAt }
    return this.#last
  }
}

/**
 * Feature flags held as parameters (docs/architecture.md#multi-account-gate): `features/<key>` is `true`, `false`
 * or a list of entities, separated by commas. An OpenFeature provider, so that the gate does not know where flags
 * live.
 */
import {
  FlagNotFoundError,
  ParseError,
  TypeMismatchError,
  type EvaluationContext,
  type Provider,
  type ResolutionDetails,
} from '@openfeature/server-sdk'
import { featureKey, parseFeature } from '../../flags/resolve.ts'
import type { FlagSource } from '../../ports/flag-source.ts'

export class ParameterProvider implements Provider {
  readonly metadata = { name: 'parameters' }
  readonly runsOn = 'server'
  readonly #flags: Pick<FlagSource, 'read'>
  readonly #maxAgeMs: number

  constructor(flags: Pick<FlagSource, 'read'>, maxAgeMs: number) {
    this.#flags = flags
    this.#maxAgeMs = maxAgeMs
  }

  async resolveBooleanEvaluation(
    key: string,
    _defaultValue: boolean,
    { targetingKey }: EvaluationContext,
  ): Promise<ResolutionDetails<boolean>> {
    const { values } = await this.#flags.read(this.#maxAgeMs)
    const text = values[featureKey(key)]
    if (text === undefined) throw new FlagNotFoundError(`no parameter ${featureKey(key)}`)
    const entities = parseFeature(text)
    if (entities === null) {
      throw new ParseError(
        `${featureKey(key)} must be true, false or a list such as torghut:alpha,torghut:beta`,
      )
    }
    if (typeof entities === 'boolean') return { value: entities, reason: 'STATIC' }
    return { value: targetingKey !== undefined && entities.includes(targetingKey), reason: 'TARGETING_MATCH' }
  }

  resolveStringEvaluation(): Promise<never> {
    return onlyBoolean()
  }
  resolveNumberEvaluation(): Promise<never> {
    return onlyBoolean()
  }
  resolveObjectEvaluation(): Promise<never> {
    return onlyBoolean()
  }
}

function onlyBoolean(): Promise<never> {
  return Promise.reject(new TypeMismatchError('parameters hold boolean flags only'))
}

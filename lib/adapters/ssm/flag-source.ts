/**
 * Flags in Parameter Store under one path (docs/architecture.md#flags): all of them, page by page and kept for as
 * long as each caller allows, or those of some names in one request.
 *
 * Invariants: a reading is as old as its *beginning*, on whichever clock says more; what cannot be read is an
 * UnavailableError, never an old value passed off as a new one.
 */
import { GetParametersCommand } from '@aws-sdk/client-ssm'
import { ageOf, momentOf, type Moment } from '../../domain/time.ts'
import type { FlagReading, FlagSource, NamedFlagReading } from '../../ports/flag-source.ts'
import { parametersUnder, valuesByName } from './parameters-under.ts'
import { askParameterStore, type ParameterAccess } from './retry.ts'

export class ParameterFlagSource implements FlagSource {
  readonly #access: ParameterAccess
  readonly #path: string
  #last: FlagReading | null = null
  #underWay: Promise<FlagReading> | null = null

  /** @param path e.g. `/torghut/dev/flags`, without a trailing slash */
  constructor(access: ParameterAccess, path: string) {
    this.#access = access
    this.#path = path
  }

  async read(maxAgeMs: number): Promise<FlagReading> {
    const last = this.#last
    if (last !== null && ageOf(last, momentOf(this.#access.clock)) <= maxAgeMs) return last
    this.#underWay ??= this.#readAll().finally(() => {
      this.#underWay = null
    })
    return this.#underWay
  }

  async readNamed(names: readonly string[]): Promise<NamedFlagReading> {
    const path = this.#path
    const command = new GetParametersCommand({ Names: names.map((name) => `${path}/${name}`) })
    const { answer, begunAt } = await askParameterStore(this.#access, `the flags ${path}`, (client, limit) =>
      client.send(command, limit),
    )
    const { Parameters: found = [] } = answer
    const versions = found.map(({ Name = '', Version = 0 }) => [Name.slice(path.length + 1), String(Version)])
    return { values: valuesByName(found, path), versions: Object.fromEntries(versions), readAt: begunAt }
  }

  async #readAll(): Promise<FlagReading> {
    const path = this.#path
    let readAt: Moment | null = null
    const parameters = await parametersUnder(path, async (page) => {
      const { answer, begunAt } = await askParameterStore(
        this.#access,
        `parameters under ${path}`,
        (client, limit) => client.send(page, limit),
      )
      readAt ??= begunAt
      return answer
    })
    this.#last = { values: valuesByName(parameters, path), readAt: readAt ?? momentOf(this.#access.clock) }
    return this.#last
  }
}

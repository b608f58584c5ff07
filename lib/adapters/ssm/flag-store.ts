/**
 * Where operators change a stage's flags: Parameter Store.
 *
 * Invariants: one parameter is written per change, so writers of different flags never undo each other; switching
 * a kill switch on is one PutParameter and nothing else, so that it works when little else does.
 */
import {
  DeleteParameterCommand,
  GetParameterCommand,
  PutParameterCommand,
  type SSMClient,
} from '@aws-sdk/client-ssm'
import { KILL_SWITCH } from '../../flags/definitions.ts'
import type { FlagStore } from '../../ports/flag-store.ts'
import { type AwsPlace, callAws, callAwsOrNull } from '../aws/calls.ts'
import { parametersUnder, valuesByName } from './parameters-under.ts'

/** The service's word for a parameter that is not there. */
const NO_PARAMETER = ['ParameterNotFound']
/** The most that a parameter of the free tier holds. */
const STANDARD_TIER_BYTES = 4096

export interface ParameterFlagStoreOptions {
  readonly ssm: SSMClient
  readonly place: AwsPlace
  /** E.g. `/torghut/dev/flags`, without a trailing slash. */
  readonly path: string
}

export function parameterFlagStore({ ssm, place, path }: ParameterFlagStoreOptions): FlagStore {
  const put = (name: string, value: string) =>
    callAws(place, `writing ${path}/${name}`, () =>
      ssm.send(
        new PutParameterCommand({
          Name: `${path}/${name}`,
          Value: value,
          Type: 'String',
          Overwrite: true,
          ...(Buffer.byteLength(value) > STANDARD_TIER_BYTES ? { Tier: 'Intelligent-Tiering' } : {}),
        }),
      ),
    )
  const stored = async (name: string): Promise<string | null> => {
    const command = new GetParameterCommand({ Name: `${path}/${name}` })
    const found = await callAwsOrNull(place, `reading ${path}/${name}`, () => ssm.send(command), NO_PARAMETER)
    return found?.Parameter?.Value ?? null
  }
  return {
    place: path,
    readAll: async () =>
      valuesByName(
        await callAws(place, `reading ${path}`, () => parametersUnder(path, (page) => ssm.send(page))),
        path,
      ),
    write: async (name, value) => {
      if (name.endsWith(KILL_SWITCH) && value === 'true') {
        const { Version } = await put(name, value)
        return { before: Version === 1 ? null : undefined }
      }
      const before = await stored(name)
      if (before !== value) await put(name, value)
      return { before }
    },
    remove: async (name) => {
      const before = await stored(name)
      const command = new DeleteParameterCommand({ Name: `${path}/${name}` })
      if (before !== null) {
        await callAwsOrNull(place, `deleting ${path}/${name}`, () => ssm.send(command), NO_PARAMETER)
      }
      return { before }
    },
  }
}

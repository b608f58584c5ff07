/** Kill switches as they stand in Parameter Store, read from the parameters themselves. */
import type { Parameter } from '@aws-sdk/client-ssm'
import type { ParameterStore } from './parameter-store.ts'
import { KILL_SWITCH } from './stage-names.ts'

/** The accounts for which a reading by name says off. */
export function switchesOffAt(read: readonly Parameter[], accounts: readonly string[]): readonly string[] {
  const valueOf = (suffix: string): string | undefined =>
    read.find(({ Name = '' }) => Name.endsWith(`/flags/${suffix}`))?.Value
  if (valueOf(KILL_SWITCH) !== 'false') return []
  return accounts.filter((account) => (valueOf(`accounts/${account}/${KILL_SWITCH}`) ?? 'false') === 'false')
}

/** Since when the switch of an account is readably on; null when it is off. */
export function onSince(parameters: ParameterStore, path: string, account: string): number | null {
  const since = [KILL_SWITCH, `accounts/${account}/${KILL_SWITCH}`].flatMap((name) => {
    const history = parameters.history(`${path}/${name}`)
    const lastOff = history.findLastIndex(({ value }) => value !== 'true')
    const firstOn = history[lastOff + 1]
    return firstOn === undefined ? [] : [firstOn.at]
  })
  return since.length === 0 ? null : Math.min(...since)
}

/** Since when a flag has had its value. */
export function valueSince(
  parameters: ParameterStore,
  name: string,
): { readonly value: string; readonly since: number } | null {
  const history = parameters.history(name)
  const last = history.at(-1)
  if (last === undefined) return null
  const other = history.findLastIndex(({ value }) => value !== last.value)
  return { value: last.value, since: history[other + 1]?.at ?? last.at }
}

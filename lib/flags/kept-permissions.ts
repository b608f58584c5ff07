/**
 * What permits an order, for who sends many in one process: texts that are the same as for the account's last order are not
 * parsed again. They are read anew all the same, each time.
 *
 * Invariant: the answer is the one of `resolvePermission`. A roster's entry is no text, so what rests on one is worked out anew.
 */
import type { AccountLabel } from '../domain/account-label.ts'
import { madeOnce, type RawValues } from '../domain/settings.ts'
import { resolvePermission } from './permission.ts'

type Permission = ReturnType<typeof resolvePermission>

export function keptPermissions(): typeof resolvePermission {
  const byAccount = new Map<AccountLabel, (...layers: [RawValues, RawValues, RawValues]) => Permission>()
  return (label, layers) => {
    const { overlay, environment, tick, rosterEntry } = layers
    if (rosterEntry !== undefined) return resolvePermission(label, layers)
    const permissionOf =
      byAccount.get(label) ??
      madeOnce((...[now, set, sent]) =>
        resolvePermission(label, { overlay: now, environment: set, tick: sent }),
      )
    byAccount.set(label, permissionOf)
    return permissionOf(overlay, environment, tick)
  }
}

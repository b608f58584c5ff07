/**
 * What permits an order, for who sends many in one process: texts that are the same as for the account's last order are not
 * parsed again. They are read anew all the same, each time.
 *
 * Invariant: the answer is the one of `resolvePermission`. A roster's entry is no text, so what rests on one is worked out anew.
 */
import type { AccountLabel } from '../domain/account-label.ts'
import { areSameValues, remembered, type RawValues } from '../domain/settings.ts'
import { resolvePermission } from './permission.ts'

interface Kept {
  readonly overlay: RawValues
  readonly environment: RawValues
  readonly tick: RawValues
  readonly permission: ReturnType<typeof resolvePermission>
}

export function keptPermissions(): typeof resolvePermission {
  const byAccount = new Map<AccountLabel, Kept>()
  return (label, layers) => {
    const { overlay, environment, tick, rosterEntry } = layers
    if (rosterEntry !== undefined) return resolvePermission(label, layers)
    const kept = byAccount.get(label)
    const isSame =
      kept !== undefined &&
      areSameValues(kept.overlay, overlay) &&
      areSameValues(kept.environment, environment) &&
      areSameValues(kept.tick, tick)
    if (isSame) return kept.permission
    const permission = resolvePermission(label, layers)
    byAccount.set(label, {
      overlay: remembered(overlay),
      environment: remembered(environment),
      tick: remembered(tick),
      permission,
    })
    return permission
  }
}

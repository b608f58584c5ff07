/** With which a client proves at a front of the exchange whose account it means. */
import type { AccountLabel } from '../../domain/account-label.ts'
import { ConfigurationError } from '../../domain/errors.ts'

export interface AccountKey {
  readonly label: AccountLabel
  readonly keyId: string
  readonly secret: string
}

/** @throws ConfigurationError when two accounts share a label or a key */
export function refuseSharedKeys(keys: readonly AccountKey[]): void {
  const violations = keys.flatMap(({ label, keyId }, index) => {
    const earlier = keys.slice(0, index)
    const path = `accounts[${index}]`
    if (earlier.some((other) => other.label === label)) {
      return [{ path: `${path}.label`, found: label, allowed: 'a label of its own' }]
    }
    if (earlier.every((other) => other.keyId !== keyId)) return []
    return [{ path: `${path}.keyId`, found: 'the key of another account', allowed: 'a key of its own' }]
  })
  if (violations.length > 0) throw new ConfigurationError('the accounts of the paper exchange', violations)
}

/** With which a client proves at a front of the exchange whose account it means. */
import type { AccountLabel } from '../../domain/account-label.ts'

export interface AccountKey {
  readonly label: AccountLabel
  readonly keyId: string
  readonly secret: string
}

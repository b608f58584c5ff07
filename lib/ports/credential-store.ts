/** Where operators keep the accounts' broker credentials; functions read them on their own. No value is ever shown. */
import type { AccountLabel } from '../domain/account-label.ts'
import type { BrokerCredentials } from '../domain/account.ts'

export interface CredentialStore {
  /** The accounts that have credentials; never reads a value. @throws UnavailableError */
  labels(): Promise<readonly AccountLabel[]>
  /** For asking the account's broker. @throws ConfigurationError when there are none or they are malformed */
  read(account: AccountLabel): Promise<BrokerCredentials>
  /** Replaces what is there. @throws ConfigurationError when the stage has no key to encrypt with */
  write(account: AccountLabel, credentials: BrokerCredentials): Promise<void>
}

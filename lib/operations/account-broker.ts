/** An account's broker with the account's stored credentials, for operators' questions and for cancelling. */
import type { AccountLabel } from '../domain/account-label.ts'
import type { BrokerTarget } from '../domain/account.ts'
import type { Broker } from '../ports/broker.ts'
import type { Deployment } from './deployment.ts'

/** @throws ConfigurationError when the account has no credentials, UnavailableError */
export async function accountBroker(
  { credentials, openBroker }: Pick<Deployment, 'credentials' | 'openBroker'>,
  account: AccountLabel,
  target: BrokerTarget,
): Promise<Broker> {
  return openBroker(target, await credentials.read(account))
}

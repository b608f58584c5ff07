/**
 * Stores an account's broker credentials: they must work at the account's own target, and the broker account
 * behind them must not belong to another label (docs/architecture.md#credentials: no two labels on one broker
 * account).
 *
 * Invariant: nothing is written before the broker has vouched for the credentials and the binding is ours.
 */
import type { AccountLabel } from '../domain/account-label.ts'
import type { AccountConfig, BrokerCredentials } from '../domain/account.ts'
import { BrokerRefusedError } from '../domain/errors.ts'
import type { Deployment } from './deployment.ts'

export type PutCredentialsOutcome =
  | { readonly kind: 'stored' }
  /** The broker does not know these credentials at this target. */
  | { readonly kind: 'refused_by_broker'; readonly status: number }
  /** The broker account belongs to another label. */
  | { readonly kind: 'taken'; readonly holder: AccountLabel }

/** @throws BrokerUnavailableError when the broker cannot be asked */
export async function putCredentials(
  { label, target }: AccountConfig,
  credentials: BrokerCredentials,
  deployment: Pick<Deployment, 'openBroker' | 'stores' | 'credentials'>,
): Promise<PutCredentialsOutcome> {
  const broker = await deployment.openBroker(target, credentials)
  try {
    const { balance } = await broker.snapshot()
    const { holder } = await deployment.stores.brokerAccounts.bind(target, balance.brokerAccountId, label)
    if (holder !== label) return { kind: 'taken', holder }
  } catch (error) {
    if (error instanceof BrokerRefusedError) return { kind: 'refused_by_broker', status: error.status }
    throw error
  }
  await deployment.credentials.write(label, credentials)
  return { kind: 'stored' }
}

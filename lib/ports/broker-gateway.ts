/**
 * Opens the broker of one account. The client is loaded only by a cycle that needs it
 * (docs/architecture.md#cycle).
 */
import type { BrokerTarget } from '../domain/account.ts'
import type { SubmittingBroker } from './broker.ts'

export interface BrokerGateway {
  /** The account's broker at the target; the same one on every call of an invocation. @throws UnavailableError */
  connect(target: BrokerTarget): Promise<SubmittingBroker>
}

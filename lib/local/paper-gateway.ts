/**
 * Reaches the paper exchange as the deployed lane reaches Alpaca: through the official SDK's client.
 *
 * Invariant: decisions name one target for the whole life of a state folder, `PAPER_EXCHANGE_TARGET`.
 */
import { AlpacaGateway } from '../adapters/alpaca/gateway.ts'
import type { AccountLabel } from '../domain/account-label.ts'
import type { BrokerTarget } from '../domain/account.ts'
import { StateError } from '../domain/errors.ts'
import type { RequestBudget } from '../domain/request-budget.ts'
import type { AccountKey } from '../exchange/http/account-key.ts'
import type { BrokerGateway } from '../ports/broker-gateway.ts'

/** Where accounts trade, as decisions record it: this machine's paper exchange. */
export const PAPER_EXCHANGE_TARGET: BrokerTarget = { mode: 'paper', baseUrl: 'http://127.0.0.1' }

/** The exchange's key of an account. It opens nothing outside this process, so it is no secret. */
export function paperKey(label: AccountLabel): AccountKey {
  return { label, keyId: `paper-${label}`, secret: `paper-${label}` }
}

/** The gateway of one invocation. `fetch` carries its requests to the exchange. */
export function paperGateway(
  label: AccountLabel,
  budget: RequestBudget,
  fetch: typeof globalThis.fetch,
): BrokerGateway {
  const gateway = new AlpacaGateway({ credentials: () => Promise.resolve(paperKey(label)), budget, fetch })
  return {
    async connect(target) {
      if (target.mode !== PAPER_EXCHANGE_TARGET.mode || target.baseUrl !== PAPER_EXCHANGE_TARGET.baseUrl) {
        throw new StateError(`an order of ${label} belongs to ${target.baseUrl}, not to the paper exchange`)
      }
      return gateway.connect(target)
    },
  }
}

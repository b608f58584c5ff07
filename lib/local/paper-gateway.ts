/**
 * Reaches the paper exchange as the deployed lane reaches Alpaca: through the official SDK's client.
 *
 * Invariant: decisions name one target for the whole life of a state folder, `PAPER_EXCHANGE_TARGET`, although
 * the exchange listens on another free port each time it starts.
 */
import { AlpacaGateway } from '../adapters/alpaca/gateway.ts'
import type { AccountLabel } from '../domain/account-label.ts'
import type { BrokerTarget } from '../domain/account.ts'
import { StateError } from '../domain/errors.ts'
import type { RequestBudget } from '../domain/request-budget.ts'
import type { AccountKey } from '../exchange/http/account-key.ts'
import type { SubmittingBroker } from '../ports/broker.ts'
import type { BrokerGateway } from '../ports/broker-gateway.ts'

/** Where accounts trade, as decisions record it: this machine's paper exchange, whatever its port is today. */
export const PAPER_EXCHANGE_TARGET: BrokerTarget = { mode: 'paper', baseUrl: 'http://127.0.0.1' }

/** The exchange's key of an account. It opens nothing outside this process, so it is no secret. */
export function paperKey(label: AccountLabel): AccountKey {
  return { label, keyId: `paper-${label}`, secret: `paper-${label}` }
}

/** The gateway of one invocation. `exchangeUrl` is where the exchange listens now. */
export function paperGateway(label: AccountLabel, exchangeUrl: string, budget: RequestBudget): BrokerGateway {
  const gateway = new AlpacaGateway({ credentials: () => Promise.resolve(paperKey(label)), budget })
  return {
    async connect(target) {
      if (target.mode !== PAPER_EXCHANGE_TARGET.mode || target.baseUrl !== PAPER_EXCHANGE_TARGET.baseUrl) {
        throw new StateError(`an order of ${label} belongs to ${target.baseUrl}, not to the paper exchange`)
      }
      return knownAs(target, await gateway.connect({ mode: target.mode, baseUrl: exchangeUrl }))
    },
  }
}

function knownAs(target: BrokerTarget, broker: SubmittingBroker): SubmittingBroker {
  return {
    target,
    snapshot: () => broker.snapshot(),
    openOrders: () => broker.openOrders(),
    finalOrders: (sentAfter) => broker.finalOrders(sentAfter),
    ordersSentAfter: (moment) => broker.ordersSentAfter(moment),
    cancelAll: () => broker.cancelAll(),
    findByClientOrderId: (id) => broker.findByClientOrderId(id),
    cancel: (id) => broker.cancel(id),
    submit: (order) => broker.submit(order),
  }
}

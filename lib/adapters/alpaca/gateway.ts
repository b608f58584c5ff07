/**
 * Connects to Alpaca for one invocation. Holds no SDK itself: that is loaded by the first `connect`, so an
 * idle cycle neither loads it nor reads credentials.
 */
import type { BrokerTarget, BrokerCredentials } from '../../domain/account.ts'
import type { SubmittingBroker } from '../../ports/broker.ts'
import type { BrokerGateway } from '../../ports/broker-gateway.ts'
import { RequestBudget } from '../../domain/request-budget.ts'

export interface AlpacaGatewayOptions {
  /** Reads the account's key. @throws UnavailableError */
  readonly credentials: () => Promise<BrokerCredentials>
  /** The invocation's requests, whatever the target; 60 if absent. */
  readonly budget?: RequestBudget
  /** See AlpacaBrokerOptions. */
  readonly timeoutMs?: number
  /** See AlpacaBrokerOptions. */
  readonly fetch?: typeof fetch
}

/** One per account and invocation, since the request budget is counted per invocation. */
export class AlpacaGateway implements BrokerGateway {
  readonly #options: AlpacaGatewayOptions
  readonly #budget: RequestBudget
  readonly #brokers = new Map<string, Promise<SubmittingBroker>>()

  constructor(options: AlpacaGatewayOptions) {
    this.#options = options
    this.#budget = options.budget ?? new RequestBudget()
  }

  async connect(target: BrokerTarget): Promise<SubmittingBroker> {
    const key = `${target.mode} ${target.baseUrl}`
    const opening = this.#brokers.get(key) ?? this.#open(target)
    this.#brokers.set(key, opening)
    try {
      return await opening
    } catch (error) {
      this.#brokers.delete(key)
      throw error
    }
  }

  async #open(target: BrokerTarget): Promise<SubmittingBroker> {
    const { timeoutMs, fetch } = this.#options
    const [{ openAlpacaBroker }, credentials] = await Promise.all([
      import('./alpaca-broker.ts'),
      this.#options.credentials(),
    ])
    return openAlpacaBroker({
      target,
      credentials,
      budget: this.#budget,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(fetch === undefined ? {} : { fetch }),
    })
  }
}

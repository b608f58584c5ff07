/** A paper exchange for tests, over HTTP or in the process: a clock the test turns by hand, two accounts, a session. */
import { accountLabel } from '../../lib/domain/account-label.ts'
import { decimal, type Decimal } from '../../lib/domain/decimal.ts'
import { instant } from '../../lib/domain/time.ts'
import { type AlpacaBrokerOptions, openAlpacaBroker } from '../../lib/adapters/alpaca/alpaca-broker.ts'
import type { BrokerCredentials } from '../../lib/domain/account.ts'
import { FaultPlan, type FaultOrder } from '../../lib/exchange/faults.ts'
import type { AccountKey } from '../../lib/exchange/http/account-key.ts'
import { ExchangeServer, type ExchangeServerOptions } from '../../lib/exchange/http/server.ts'
import {
  PaperExchange,
  type PaperAccount,
  type PaperExchangeOptions,
} from '../../lib/exchange/paper-exchange.ts'
import { asClientOrderId } from '../../lib/domain/ids.ts'
import type { OrderRequest, SubmittingBroker } from '../../lib/ports/broker.ts'
import { HandClock } from './hand-clock.ts'

export { HandClock }

export const ALPHA = accountLabel('alpha')
export const BETA = accountLabel('beta')
export const ALPHA_KEY: BrokerCredentials = { keyId: 'key-alpha', secret: 'secret-alpha' }
export const BETA_KEY: BrokerCredentials = { keyId: 'key-beta', secret: 'secret-beta' }

/** A session of January 2012 (New York is five hours behind UTC), 9:30 to 16:00. */
export function session(date: string, prices: Readonly<Record<string, string>>) {
  return {
    date,
    opensAt: instant(`${date}T14:30:00Z`),
    closesAt: instant(`${date}T21:00:00Z`),
    prices: Object.fromEntries(Object.entries(prices).map(([symbol, price]) => [symbol, decimal(price)])),
  }
}

export interface TestExchangeOptions
  extends PaperExchangeOptions, Pick<ExchangeServerOptions, 'port' | 'onFault'> {
  readonly accounts: readonly (PaperAccount & AccountKey)[]
  /** Prices to begin with; a symbol is known as soon as it has had a price. */
  readonly prices?: Readonly<Record<string, Decimal>>
}

/** The exchange together with its HTTP front, its faults between them. */
export class TestExchange extends PaperExchange {
  readonly faults = new FaultPlan()
  #server: ExchangeServer | null = null

  static async open({
    accounts,
    prices,
    port,
    onFault,
    ...options
  }: TestExchangeOptions): Promise<TestExchange> {
    const exchange = new TestExchange(options)
    for (const account of accounts) exchange.openAccount(account)
    if (prices !== undefined) exchange.markPrices(prices)
    exchange.#server = await ExchangeServer.listen({
      exchange,
      keys: accounts,
      faults: exchange.faults,
      ...(port === undefined ? {} : { port }),
      ...(onFault === undefined ? {} : { onFault }),
    })
    return exchange
  }

  get server(): ExchangeServer {
    if (this.#server === null) throw new Error('the exchange does not listen')
    return this.#server
  }

  get baseUrl(): string {
    return this.server.baseUrl
  }

  failNext(fault: FaultOrder): void {
    this.faults.add(fault)
  }

  /** Stops listening, then closes the log. */
  async stop(): Promise<void> {
    await this.server.close()
    this.close()
  }
}

/** Two accounts, alpha and beta, of 100,000 dollars each. */
export function openExchange(options: Partial<TestExchangeOptions> = {}): Promise<TestExchange> {
  return TestExchange.open({
    clock: new HandClock('2012-01-03T14:31:00Z'),
    accounts: [
      { label: ALPHA, ...ALPHA_KEY, cash: decimal('100000') },
      { label: BETA, ...BETA_KEY, cash: decimal('100000') },
    ],
    ...options,
  })
}

export function brokerOf(
  exchange: { readonly baseUrl: string },
  credentials: BrokerCredentials = ALPHA_KEY,
  options: Pick<AlpacaBrokerOptions, 'budget' | 'timeoutMs' | 'fetch'> = {},
): SubmittingBroker {
  return openAlpacaBroker({
    target: { mode: 'paper', baseUrl: exchange.baseUrl },
    credentials,
    ...options,
  })
}

export function order(id: string, fields: Partial<OrderRequest> = {}): OrderRequest {
  return {
    clientOrderId: asClientOrderId(id),
    symbol: 'AAPL',
    side: 'buy',
    quantity: decimal('10'),
    timeInForce: 'day',
    limitPrice: null,
    ...fields,
  }
}

/**
 * The paper exchange: stands for the broker on a laptop and in tests (an HTTP server on loopback that speaks
 * the Alpaca v2 endpoints Torghut uses). Its owner opens sessions and lets orders fill; nobody else does.
 *
 * Invariants: accounts are kept apart by key; a client order id is taken once per account for ever; ids are
 * functions of account and client order id, so equal runs give equal ids; with a log file, everything that
 * was answered outlives the death of the process.
 */
import type { AccountLabel } from '../domain/account-label.ts'
import { decimal, ONE, type Decimal } from '../domain/decimal.ts'
import { ConfigurationError } from '../domain/errors.ts'
import type { Clock } from '../ports/clock.ts'
import { equity } from './accounting.ts'
import { FaultPlan, type FaultOrder, type RouteName } from './faults.ts'
import { Ledger, type FillOptions, type SessionOpening } from './ledger.ts'
import { ExchangeServer, type AccountKey } from './http/server.ts'
import type { ExchangeSession } from './model.ts'
import type { TradeUpdate } from './trade-update.ts'
import type { WireOrder } from './wire-order.ts'
import { wireOrder } from './wire.ts'

export interface PaperAccount extends AccountKey {
  /** What the account starts with, in dollars. */
  readonly cash: Decimal
  /** Buying power per dollar of equity; 2 if absent. */
  readonly multiplier?: Decimal
  /** Whether it may sell short; true if absent. */
  readonly shortingEnabled?: boolean
}

export interface PaperExchangeOptions {
  readonly accounts: readonly PaperAccount[]
  readonly clock: Clock
  /** Where everything is logged; without it nothing outlives the process. */
  readonly logFile?: string
  /** A free one if absent. */
  readonly port?: number
  /** No sessions, always open; for use without an owner who opens sessions. */
  readonly alwaysOpen?: boolean
  /** Prices to begin with; a symbol is known as soon as it has had a price. */
  readonly prices?: Readonly<Record<string, Decimal>>
  /** Orders fill as soon as they are accepted (their answer still shows them as not filled). */
  readonly autoFill?: boolean
  /** Told of faults behind a 500, such as a log that cannot be written; nobody is if absent. */
  readonly onFault?: (error: unknown) => void
  /** Whether shares may be traded in fractions, as crypto may; false if absent. */
  readonly fractionalShares?: boolean
}

export interface AccountStatement {
  readonly cash: Decimal
  readonly equity: Decimal
  readonly lastEquity: Decimal
  /** By symbol; negative for a short position. */
  readonly positions: ReadonlyMap<string, Decimal>
}

export class PaperExchange {
  /** No trailing slash. */
  readonly baseUrl: string
  readonly #ledger: Ledger
  readonly #server: ExchangeServer
  readonly #faults: FaultPlan

  private constructor(baseUrl: string, ledger: Ledger, server: ExchangeServer, faults: FaultPlan) {
    this.baseUrl = baseUrl
    this.#ledger = ledger
    this.#server = server
    this.#faults = faults
  }

  /**
   * Rebuilds the state from the log and begins to listen.
   * @throws StateError when the log cannot be read (it names file and line); InUseError for a taken port;
   * ConfigurationError when two accounts share a label or a key.
   */
  static async open(options: PaperExchangeOptions): Promise<PaperExchange> {
    const { clock, accounts, alwaysOpen = false, autoFill = false } = options
    refuseSharedKeys(accounts)
    const ledger = new Ledger({
      clock,
      alwaysOpen,
      logFile: options.logFile ?? null,
      fractionalShares: options.fractionalShares ?? false,
    })
    try {
      for (const { label, cash, multiplier = decimal(2), shortingEnabled = true } of accounts) {
        ledger.openAccount(label, cash, multiplier, shortingEnabled)
      }
      if (options.prices !== undefined) ledger.markPrices(options.prices)
      const faults = new FaultPlan()
      const server = new ExchangeServer({
        ledger,
        clock,
        alwaysOpen,
        faults,
        keys: accounts,
        onFault: options.onFault ?? (() => undefined),
        onPlaced: ({ placed }) => {
          if (autoFill && placed !== undefined) ledger.fill(placed, ONE)
        },
      })
      return new PaperExchange(await server.listen(options.port ?? 0), ledger, server, faults)
    } catch (error) {
      ledger.close()
      throw error
    }
  }

  /** Stops listening; what is under way is cut off. */
  async close(): Promise<void> {
    await this.#server.close()
    this.#ledger.close()
  }

  /** See Ledger.openSession. */
  openSession(session: SessionOpening): ReturnType<Ledger['openSession']> {
    return this.#ledger.openSession(session)
  }

  /** The last session that was opened, or null. */
  get session(): ExchangeSession | null {
    return this.#ledger.state.sessions.at(-1) ?? null
  }

  /** What positions are worth from now on, such as a session's closing prices; fills stay at its own. */
  markPrices(prices: Readonly<Record<string, Decimal>>): void {
    this.#ledger.markPrices(prices)
  }

  /** Fills working orders at the session's prices; orders without a price stay. Returns how many it filled. */
  fillPending(options: FillOptions = {}): number {
    return this.#ledger.fillPending(options)
  }

  /** All trade updates after a sequence number, oldest first; 0 asks for all of them. */
  tradeUpdatesAfter(sequence: number): readonly TradeUpdate[] {
    return this.#ledger.state.updates.slice(sequence)
  }

  statement(label: AccountLabel): AccountStatement {
    const account = this.#ledger.account(label)
    const { cash, lastEquity } = account
    const positions = new Map([...account.positions].map(([symbol, { quantity }]) => [symbol, quantity]))
    return { cash, lastEquity, equity: equity(this.#ledger.state, account), positions }
  }

  /** All orders that the account ever placed, oldest first, as the endpoints show them. */
  orders(label: AccountLabel): readonly WireOrder[] {
    return [...this.#ledger.account(label).orders.values()].map(wireOrder)
  }

  failNext(fault: FaultOrder): void {
    this.#faults.add(fault)
  }

  /** Drops faults that have not happened yet. */
  clearFaults(): void {
    this.#faults.clear()
  }

  /** See ExchangeServer.deliverHeld. */
  deliverHeld(): number {
    return this.#server.deliverHeld()
  }

  /** Holds every answer back, in milliseconds. */
  setLatency(milliseconds: number): void {
    this.#server.latencyMs = milliseconds
  }

  /** Authenticated requests so far, by route. */
  requestCounts(label: AccountLabel): Readonly<Partial<Record<RouteName, number>>> {
    return this.#server.requestCounts(label)
  }
}

function refuseSharedKeys(accounts: readonly PaperAccount[]): void {
  const violations = accounts.flatMap(({ label, keyId }, index) => {
    const earlier = accounts.slice(0, index)
    if (earlier.some((other) => other.label === label)) {
      return [{ path: `accounts[${index}].label`, found: label, allowed: 'a label of its own' }]
    }
    const shared = earlier.some((other) => other.keyId === keyId)
    return shared
      ? [
          {
            path: `accounts[${index}].keyId`,
            found: 'the key of another account',
            allowed: 'a key of its own',
          },
        ]
      : []
  })
  if (violations.length > 0) throw new ConfigurationError('the accounts of the paper exchange', violations)
}

/**
 * The producer as it is deployed: what is in force is read with each run, what a process knows is kept between them
 * (docs/market-data.md).
 *
 * Invariants: without `TRADING_MARKET_DATA`, or before strategies were applied, nothing is asked of anybody; the key is read with
 * each run, so that a new one is in force at once.
 */
import type { AccountLabel } from '../domain/account-label.ts'
import type { BrokerCredentials } from '../domain/account.ts'
import type { Indicator } from '../domain/indicator.ts'
import { marketDataSource, marketDataUrl } from '../domain/market-data-source.ts'
import { RequestBudget } from '../domain/request-budget.ts'
import type { RawValues, Settings } from '../domain/settings.ts'
import { MARKET_DATA_NAMES, resolveMarketData } from '../flags/fleet.ts'
import { createCalendar } from '../market/calendar/create-calendar.ts'
import type { BarSource, BarSourceOptions } from '../ports/bar-source.ts'
import type { FlagSource } from '../ports/flag-source.ts'
import type { CatalogRevision, StrategyCatalog } from '../ports/strategy-catalog.ts'
import { Producer, type ProducerDeps, type ProducerSummary } from './produce-bars.ts'

type KeptDeps = Pick<ProducerDeps, 'signals' | 'folds' | 'clock' | 'pause' | 'telemetry' | 'version'>

export interface DeployedProducerDeps extends KeptDeps {
  readonly environment: RawValues
  readonly flags: Pick<FlagSource, 'readNamed'>
  readonly catalog: Pick<StrategyCatalog, 'currentHash' | 'readRevision'>
  readonly own: readonly Indicator[]
  /** @throws ConfigurationError, UnavailableError */
  readonly credentials: (account: AccountLabel) => Promise<BrokerCredentials>
  readonly openBars: (options: BarSourceOptions) => Promise<BarSource>
  readonly appended?: (source: string, position: number) => Promise<void>
}

export type ProducerOutcome =
  | { readonly kind: 'off' | 'no_strategies' }
  | (ProducerSummary & { readonly kind: 'ran'; readonly source: string })

/**
 * Two runs may fall into one minute, of which the free plan allows 200 requests
 * (https://docs.alpaca.markets/docs/about-market-data-api).
 */
const REQUESTS_PER_RUN = 90

export class DeployedProducer {
  readonly #deps: DeployedProducerDeps
  #kept: { readonly key: string; readonly producer: Producer } | null = null
  #catalog: CatalogRevision | null = null

  constructor(deps: DeployedProducerDeps) {
    this.#deps = deps
  }

  /**
   * @param isPartial see ProducerRun
   * @throws ConfigurationError for bad flags or credentials, UnavailableError for what could not be read or written
   */
  async run(remainingMs: () => number, isPartial = false): Promise<ProducerOutcome> {
    const { environment, flags, credentials, openBars } = this.#deps
    const { values: overlay } = await flags.readNamed(MARKET_DATA_NAMES)
    const { settings, target } = resolveMarketData(environment, overlay)
    if (settings.marketData === 'off') return { kind: 'off' }
    const catalog = await this.#currentCatalog()
    if (catalog === null) return { kind: 'no_strategies' }
    const budget = new RequestBudget(REQUESTS_PER_RUN)
    const { marketDataFeed: feed, marketDataAccount: account } = settings
    const bars = await openBars({
      baseUrl: marketDataUrl(target),
      credentials: await credentials(account),
      feed,
      budget,
    })
    const { strategies } = catalog
    const summary = await this.#producer(settings).run({ strategies, bars, remainingMs, isPartial })
    return { kind: 'ran', source: marketDataSource(feed), ...summary }
  }

  #producer(settings: MarketDataSettings): Producer {
    const { marketDataFeed: feed, calendar, marketDataWarmUpBars: warmUpBars } = settings
    const key = `${feed} ${calendar} ${warmUpBars}`
    if (this.#kept?.key !== key) {
      const source = marketDataSource(feed)
      const { appended } = this.#deps
      const producer = new Producer({
        ...this.#deps,
        source,
        calendar: createCalendar(calendar),
        warmUpBars,
        appended: async (position) => appended?.(source, position),
      })
      this.#kept = { key, producer }
    }
    return this.#kept.producer
  }

  async #currentCatalog(): Promise<CatalogRevision | null> {
    const { catalog } = this.#deps
    const hash = await catalog.currentHash()
    if (hash === null) return null
    if (this.#catalog?.hash !== hash) this.#catalog = await catalog.readRevision(hash)
    return this.#catalog
  }
}

type MarketDataSettings = Pick<Settings, 'marketDataFeed' | 'calendar' | 'marketDataWarmUpBars'>

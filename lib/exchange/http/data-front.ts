/**
 * The exchange's data endpoints over HTTP: keys (https://docs.alpaca.markets/docs/market-data-faq: without a good one 403; bars of coins
 * need none), plans, and the rate that a plan allows (https://alpaca.markets/support/usage-limit-api-calls: 200 requests a
 * minute, then 429).
 */
import { answerBars } from '../market-data/answer-bars.ts'
import type { DataRouteName } from '../faults.ts'
import { dataRefusal } from '../market-data/data-refusal.ts'
import { type Feed, FEEDS } from '../market-data/feeds.ts'
import type { MarketFollower } from '../market-data/market-follower.ts'
import type { MarketTape } from '../market-data/market-tape.ts'
import type { Clock } from '../../ports/clock.ts'
import type { AccountKey } from './account-key.ts'
import type { ExchangeAnswer } from './routes.ts'

export interface MarketOptions {
  readonly tape: MarketTape
  /** Whom orders and moments are told of; nobody if absent: prices and fills are then the owner's. */
  readonly follower?: MarketFollower
  /** What every key's plan has in real time; all if absent. */
  readonly feeds?: readonly Feed[]
  /** Of each key; without end if absent. */
  readonly requestsPerMinute?: number
}

interface Window {
  beganAt: number
  count: number
}

const MINUTE_MS = 60_000

export class DataFront {
  readonly #options: MarketOptions
  readonly #clock: Clock
  readonly feeds: readonly Feed[]
  readonly #windows = new Map<string, Window>()
  #requests = 0

  /** @param clock the exchange's: rates are of its time, whatever time it is in the market */
  constructor(options: MarketOptions, clock: Clock) {
    this.#options = options
    this.#clock = clock
    this.feeds = options.feeds ?? FEEDS
  }

  /** All requests so far, those that were refused too. */
  get requests(): number {
    return this.#requests
  }

  /** @param key null where the request names none that is known: coins are told to everybody, shares are not */
  answer(route: DataRouteName, key: AccountKey | null, query: URLSearchParams): ExchangeAnswer {
    this.#requests += 1
    if (key === null && !route.includes('/crypto/')) return refusedData(403, 'forbidden.')
    const limited = this.#limit(key?.keyId ?? '')
    if (limited.isOver) return { ...refusedData(429, 'too many requests.'), headers: limited.headers }
    return { ...answerBars(route, query, this.#options.tape, this.feeds), headers: limited.headers }
  }

  #limit(keyId: string): { readonly isOver: boolean; readonly headers: Readonly<Record<string, string>> } {
    const most = this.#options.requestsPerMinute
    if (most === undefined) return { isOver: false, headers: {} }
    const now = this.#clock.monotonic()
    const before = this.#windows.get(keyId)
    const window =
      before !== undefined && now < before.beganAt + MINUTE_MS ? before : { beganAt: now, count: 0 }
    this.#windows.set(keyId, window)
    window.count += 1
    return {
      isOver: window.count > most,
      headers: {
        'x-ratelimit-limit': String(most),
        'x-ratelimit-remaining': String(Math.max(0, most - window.count)),
        'x-ratelimit-reset': String(Math.ceil((this.#clock.now() + window.beganAt + MINUTE_MS - now) / 1000)),
      },
    }
  }
}

function refusedData(status: number, message: string): ExchangeAnswer {
  return { status, json: dataRefusal(status, message).body }
}

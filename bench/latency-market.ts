/** The market of `bench:latency`: an exchange that tells bars over HTTP and streams, by a clock that can jump, and notes each order. */
import { accountLabel, type AccountLabel } from '../lib/domain/account-label.ts'
import { decimal } from '../lib/domain/decimal.ts'
import { asEpochMs, asMonotonicMs, type EpochMs } from '../lib/domain/time.ts'
import { FaultPlan } from '../lib/exchange/faults.ts'
import { ExchangeServer } from '../lib/exchange/http/server.ts'
import { MarketFollower } from '../lib/exchange/market-data/market-follower.ts'
import { MarketTape } from '../lib/exchange/market-data/market-tape.ts'
import { PaperExchange } from '../lib/exchange/paper-exchange.ts'
import type { Bar } from '../lib/market/bars.ts'
import { createCalendar } from '../lib/market/calendar/create-calendar.ts'

export const LABEL = accountLabel('bench')
export const KEY = { keyId: 'key', secret: 'secret' }
export const CALENDAR = 'always'

export type Way = 'schedule' | 'tick' | 'stream'

/** Milliseconds from the end of a bar to its order, and how many orders there should be. */
export interface Latencies {
  readonly latencies: readonly number[]
  readonly expected: number
}

/** The machine's time, moved. */
export class MovedClock {
  readonly #began: number
  #jumped = 0
  constructor(at: EpochMs) {
    this.#began = at - performance.now()
  }
  now = () => asEpochMs(Math.floor(this.#began + this.monotonic()))
  monotonic = () => asMonotonicMs(performance.now() + this.#jumped)
  jumpTo(at: EpochMs): void {
    this.#jumped += Math.max(0, at - this.now())
  }
}

/** Tells of each order as it arrives. */
export class WatchedExchange extends PaperExchange {
  readonly arrivals: { readonly symbol: string; readonly at: EpochMs; readonly clientOrderId: string }[] = []
  watch: () => EpochMs = () => asEpochMs(0)

  override placeOrder(label: AccountLabel, body: Readonly<Record<string, unknown>>) {
    const [symbol, clientOrderId] = [String(body['symbol']), String(body['client_order_id'])]
    this.arrivals.push({ symbol, at: this.watch(), clientOrderId })
    return super.placeOrder(label, body)
  }
}

export interface LatencyMarket {
  readonly clock: MovedClock
  readonly exchange: WatchedExchange
  readonly server: ExchangeServer
  readonly tape: MarketTape
}

/** From an instant on; a bar is told `delayMs` after its end. */
export async function openMarket(
  bars: readonly Bar[],
  delayMs: number,
  from: EpochMs,
): Promise<LatencyMarket> {
  const clock = new MovedClock(from)
  const exchange = new WatchedExchange({ clock, alwaysOpen: true })
  exchange.watch = () => clock.now()
  exchange.openAccount({ label: LABEL, cash: decimal('1000000000') })
  const tape = new MarketTape({ bars, clock, delayMs, calendar: createCalendar(CALENDAR) })
  const follower = new MarketFollower({ exchange, tape, fills: 'at_once' })
  const server = await ExchangeServer.listen({
    exchange,
    keys: [{ label: LABEL, ...KEY }],
    faults: new FaultPlan(),
    market: { tape, follower, requestsPerMinute: 10_000 },
  })
  return { clock, exchange, server, tape }
}

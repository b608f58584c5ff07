/**
 * A paper exchange that shows a market: bars of a file, in a time that the test moves on bar by bar. Everything of it stands still
 * in between, so that what was sent and read can be compared.
 */
import { decimal } from '../../lib/domain/decimal.ts'
import { type EpochMs, instant } from '../../lib/domain/time.ts'
import type { Settings } from '../../lib/domain/settings.ts'
import { FaultPlan } from '../../lib/exchange/faults.ts'
import { ExchangeServer } from '../../lib/exchange/http/server.ts'
import { beginningOf, MarketFollower } from '../../lib/exchange/market-data/market-follower.ts'
import { MarketTape, type TapeSplit } from '../../lib/exchange/market-data/market-tape.ts'
import type { MarketOptions } from '../../lib/exchange/http/data-front.ts'
import { PaperExchange } from '../../lib/exchange/paper-exchange.ts'
import type { Bar } from '../../lib/market/bars.ts'
import { createCalendar } from '../../lib/market/calendar/create-calendar.ts'
import { HandClock } from './hand-clock.ts'
import { ALPHA, ALPHA_KEY } from './paper-exchange-fixture.ts'

export interface SteppedOptions extends Pick<MarketOptions, 'feeds' | 'requestsPerMinute'> {
  readonly bars: readonly Bar[]
  readonly calendar?: Settings['calendar']
  readonly delayMs?: number
  readonly splits?: readonly TapeSplit[]
  readonly fills?: 'at_once' | 'on_step'
}

export class SteppedExchange {
  readonly exchange: PaperExchange
  readonly tape: MarketTape
  readonly server: ExchangeServer
  readonly faults: FaultPlan
  readonly clock: HandClock

  private constructor(made: Pick<SteppedExchange, 'exchange' | 'tape' | 'server' | 'faults' | 'clock'>) {
    this.exchange = made.exchange
    this.tape = made.tape
    this.server = made.server
    this.faults = made.faults
    this.clock = made.clock
  }

  /** Before the first bar has closed. */
  static async open({
    bars,
    calendar = 'us_equities',
    delayMs = 0,
    splits = [],
    fills = 'on_step',
    ...plan
  }: SteppedOptions): Promise<SteppedExchange> {
    const clock = new HandClock('1970-01-01T00:00:00Z')
    const tape = new MarketTape({ bars, clock, delayMs, splits, calendar: createCalendar(calendar) })
    clock.set(beginningOf(tape))
    const exchange = new PaperExchange({ clock, alwaysOpen: calendar === 'always' })
    exchange.openAccount({ label: ALPHA, cash: decimal('100000') })
    const follower = new MarketFollower({ exchange, tape, fills })
    const faults = new FaultPlan()
    const server = await ExchangeServer.listen({
      exchange,
      keys: [{ label: ALPHA, ...ALPHA_KEY }],
      faults,
      market: { tape, follower, ...plan },
    })
    return new SteppedExchange({ exchange, tape, server, faults, clock })
  }

  get baseUrl(): string {
    return this.server.baseUrl
  }

  /** Of a stream: `/v2/iex`, `/v2/sip` or `/v1beta3/crypto/us`. */
  streamUrl(path: string): string {
    return `${this.baseUrl.replace('http:', 'ws:')}${path}`
  }

  /** Moves on until the next bars have come; the moment, or null when there are no more. */
  step(): EpochMs | null {
    const next = this.tape.next()
    if (next !== null) this.moveTo(next)
    return next
  }

  /** Moves on to an instant, over all bars until then. */
  moveTo(at: EpochMs | string): void {
    this.clock.set(typeof at === 'string' ? instant(at) : at)
    this.server.step()
  }

  async close(): Promise<void> {
    await this.server.close()
    this.exchange.close()
  }
}

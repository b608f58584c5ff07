/**
 * The market's streams of bars, as processes listen to them: what is told, in its order for each symbol, at once or late, twice,
 * or so that it cannot be read.
 */
import type { BarStreamListener, BarStreams } from '../../../lib/ports/bar-streams.ts'
import { readBar } from '../../../lib/adapters/alpaca/wire-bars.ts'
import { wireBar } from './bar-api.ts'
import type { BarTape, TapeBar, Telling } from './bar-tape.ts'
import type { SimulatedExchange } from './exchange.ts'
import type { FaultSource } from './faults.ts'
import type { Invocation } from './host.ts'
import type { Kernel } from './kernel.ts'
import { type Stream, streamOf } from './random.ts'
import { type Connection, StreamConnections } from './stream-connections.ts'

export interface BarStreamOptions {
  readonly kernel: Kernel
  readonly faults: FaultSource
  readonly exchange: SimulatedExchange
  readonly seed: number
  readonly tape: BarTape
  /** A process's credentials are none. */
  readonly onRefused: (invocation: Invocation) => void
}

const MINUTE = 60_000
const WEIGHT = 6
const MOST_LATE_MS = 25_000
/** They are lost together. */
const ALL = 'bars'

interface BarListener extends BarStreamListener {
  readonly symbols: readonly string[]
}

export class BarStream {
  readonly #options: BarStreamOptions
  readonly #random: Stream
  readonly #connections: StreamConnections<BarListener>
  /** When a symbol's last bar arrives, by connection. */
  readonly #busyUntil = new Map<Connection<BarListener>, Map<string, number>>()

  constructor(options: BarStreamOptions) {
    this.#options = options
    this.#random = streamOf(options.seed, 'bar stream')
    this.#connections = new StreamConnections({ ...options, random: this.#random })
  }

  /** For one process. */
  of(invocation: Invocation): BarStreams {
    return {
      open: (_, symbols, credentials, listener) =>
        this.#connections.open(ALL, invocation, credentials, { ...listener, symbols }),
    }
  }

  /** What is told of bars from now on. */
  start(): void {
    const { kernel, tape } = this.#options
    for (const bar of tape.all()) {
      for (const told of bar.tellings)
        if (told.kind !== 'part' && told.at > kernel.now) kernel.at(told.at, () => this.#tell(bar, told))
    }
  }

  lose(milliseconds: number, thenMs?: number): void {
    this.#connections.lose(ALL, milliseconds, thenMs)
  }

  #tell(bar: TapeBar, told: Telling): void {
    const { faults } = this.#options
    const { symbol } = bar
    const place = `told ${symbol} ${told.at}`
    const fault = faults.at(place, ['bar_told_twice', 'bar_told_late', 'bar_told_wrongly'], WEIGHT)
    const telling = fault === 'bar_told_wrongly' ? { ...told, kind: 'wrong' as const } : told
    for (const connection of this.#connections.listening(ALL)) {
      if (!connection.listener.symbols.includes(symbol)) continue
      const late = fault === 'bar_told_late' ? this.#random.below(MOST_LATE_MS) : 0
      const soon = this.#random.between(1, 40) + late
      this.#send(connection, bar, telling, this.#afterEarlier(connection, symbol, soon))
      // the second time perhaps after later ones
      if (fault === 'bar_told_twice') this.#send(connection, bar, telling, this.#random.below(MOST_LATE_MS))
    }
  }

  /** A symbol's bars arrive in the order in which they were told. */
  #afterEarlier(connection: Connection<BarListener>, symbol: string, delay: number): number {
    const { now } = this.#options.kernel
    const busy = this.#busyUntil.get(connection) ?? new Map<string, number>()
    this.#busyUntil.set(connection, busy)
    const at = Math.max(now + delay, (busy.get(symbol) ?? 0) + 1)
    busy.set(symbol, at)
    return at - now
  }

  #send(connection: Connection<BarListener>, bar: TapeBar, told: Telling, delay: number): void {
    const read = readBar(bar.symbol, wireBar(bar.startsAt, told), MINUTE)
    this.#connections.tell(connection, delay, ({ onBar, onUnreadable }) => {
      if (typeof read === 'string') onUnreadable(bar.symbol, read)
      else onBar(read)
    })
  }
}

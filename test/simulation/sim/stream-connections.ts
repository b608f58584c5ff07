/**
 * Connections of processes to a stream of the exchange's: what happens while nobody listens is told to nobody. A connection
 * ends when it is lost, and connects again by itself.
 */
import type { BrokerCredentials } from '../../../lib/domain/account.ts'
import type { SimulatedExchange } from './exchange.ts'
import type { Invocation } from './host.ts'
import type { Kernel } from './kernel.ts'
import type { Stream } from './random.ts'

/** What every listener is told of its connection. */
interface ConnectionListener {
  readonly onListening: () => void
  readonly onLost: (reason: string) => void
  readonly onRefused: (reason: string) => void
}

export interface StreamConnectionsOptions {
  readonly kernel: Kernel
  readonly exchange: Pick<SimulatedExchange, 'secrets' | 'outUntil'>
  readonly random: Stream
  /** A process's credentials are none. */
  readonly onRefused: (invocation: Invocation) => void
}

/** One connection, of those that are lost together. */
export interface Connection<Listener> {
  readonly group: string
  readonly invocation: Invocation
  readonly credentials: BrokerCredentials
  readonly listener: Listener
  isListening: boolean
  /** What is under way of an earlier one does not arrive. */
  session: number
}

const CONNECTS_WITHIN_MS = 400
const AGAIN_MS = 1000
/** There and back of the requests of a round of look-ups. */
const LOOKED_UP_WITHIN_MS = 60

export class StreamConnections<Listener extends ConnectionListener> {
  readonly #options: StreamConnectionsOptions
  readonly #connections = new Set<Connection<Listener>>()
  /** Before it nobody connects, by group. */
  readonly #closedUntil = new Map<string, number>()
  readonly #flapsFor = new Map<string, number>()

  constructor(options: StreamConnectionsOptions) {
    this.#options = options
  }

  open(
    group: string,
    invocation: Invocation,
    credentials: BrokerCredentials,
    listener: Listener,
  ): { close(): void } {
    const connection = { group, invocation, credentials, listener, isListening: false, session: 0 }
    this.#connections.add(connection)
    this.#connect(connection, this.#options.random.between(20, CONNECTS_WITHIN_MS))
    return { close: () => void this.#connections.delete(connection) }
  }

  /** Those that are told what happens now. */
  *listening(group: string): Iterable<Connection<Listener>> {
    for (const connection of this.#connections)
      if (connection.group === group && connection.isListening) yield connection
  }

  /** Tells it in so many milliseconds, if it is not lost before. */
  tell(connection: Connection<Listener>, delay: number, tell: (listener: Listener) => void): void {
    const { kernel } = this.#options
    const { session } = connection
    kernel.after(delay, () => {
      if (!this.#isThere(connection) || connection.session !== session) return
      kernel.woke()
      tell(connection.listener)
    })
  }

  /**
   * All connections of the group are lost, and there are no others for so long.
   * @param thenMs the next one is lost at once, for so long
   */
  lose(group: string, milliseconds: number, thenMs?: number): void {
    const { kernel } = this.#options
    if (thenMs !== undefined) this.#flapsFor.set(group, thenMs)
    this.#closedUntil.set(group, kernel.now + milliseconds)
    for (const connection of this.listening(group)) {
      if (!this.#isThere(connection)) continue
      connection.session += 1
      connection.isListening = false
      kernel.woke()
      connection.listener.onLost('the connection was closed')
      this.#connect(connection, AGAIN_MS / 2)
    }
  }

  #connect(connection: Connection<Listener>, delay: number): void {
    const { kernel, exchange } = this.#options
    kernel.after(delay, () => {
      if (!this.#isThere(connection)) return
      const { group, credentials, listener } = connection
      const closedUntil = Math.max(this.#closedUntil.get(group) ?? 0, exchange.outUntil)
      if (closedUntil > kernel.now) return this.#connect(connection, AGAIN_MS)
      kernel.woke()
      if (exchange.secrets.get(credentials.keyId) !== credentials.secret) {
        this.#options.onRefused(connection.invocation)
        listener.onRefused('the broker does not take the credentials')
        return
      }
      connection.isListening = true
      listener.onListening()
      this.#flap(group)
    })
  }

  /** A connection that comes back after a loss may be lost again while what was missed is looked up. */
  #flap(group: string): void {
    const { kernel, random } = this.#options
    const flapsFor = this.#flapsFor.get(group)
    if (flapsFor === undefined) return
    this.#flapsFor.delete(group)
    kernel.after(random.below(LOOKED_UP_WITHIN_MS), () => this.lose(group, flapsFor))
  }

  #isThere(connection: Connection<Listener>): boolean {
    return connection.invocation.alive && this.#connections.has(connection)
  }
}

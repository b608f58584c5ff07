/**
 * The exchange's stream of trade updates, as processes listen to it: what happens while nobody does is told to nobody.
 * A connection ends when it is lost, and connects again by itself.
 */
import type { BrokerCredentials } from '../../../lib/domain/account.ts'
import type { TradeUpdateListener, TradeUpdateStreams } from '../../../lib/ports/trade-update-streams.ts'
import type { SimulatedExchange } from './exchange.ts'
import type { Invocation } from './host.ts'
import type { Kernel } from './kernel.ts'
import { type Stream, streamOf } from './random.ts'
import type { UpdateWay } from './update-way.ts'

export interface UpdateStreamOptions {
  readonly kernel: Kernel
  readonly exchange: SimulatedExchange
  readonly seed: number
  /** A process's credentials are none. */
  readonly onRefused: (invocation: Invocation) => void
}

const CONNECTS_WITHIN_MS = 400
const AGAIN_MS = 1000
/** There and back of the requests of a round of look-ups. */
const LOOKED_UP_WITHIN_MS = 60

export class UpdateStream implements UpdateWay {
  readonly mayLose = false
  readonly #options: UpdateStreamOptions
  readonly #random: Stream
  readonly #connections = new Set<Connection>()
  /** Before it nobody connects, by account. */
  readonly #closedUntil = new Map<string, number>()
  readonly #flapsFor = new Map<string, number>()

  constructor(options: UpdateStreamOptions) {
    this.#options = options
    this.#random = streamOf(options.seed, 'update stream')
  }

  /** For one process. */
  of(invocation: Invocation): TradeUpdateStreams {
    return {
      open: (_, credentials, listener) => {
        const connection = new Connection(invocation, credentials, listener)
        this.#connections.add(connection)
        this.#connect(connection, this.#random.between(20, CONNECTS_WITHIN_MS))
        return { close: () => void this.#connections.delete(connection) }
      },
    }
  }

  send(account: string, _id: string, body: string): void {
    const { payload } = JSON.parse(body) as { readonly payload: Readonly<Record<string, unknown>> }
    const { kernel } = this.#options
    for (const connection of this.#connections) {
      if (connection.account !== account || !connection.isListening) continue
      const { session } = connection
      kernel.after(this.#random.between(1, 40), () => {
        if (!this.#isThere(connection) || connection.session !== session) return
        kernel.woke()
        connection.listener.onUpdate(payload)
      })
    }
  }

  /**
   * All connections of the account are lost, and there are no others for so long.
   * @param thenMs the next one is lost at once, for so long
   */
  lose(account: string, milliseconds: number, thenMs?: number): void {
    const { kernel } = this.#options
    if (thenMs !== undefined) this.#flapsFor.set(account, thenMs)
    this.#closedUntil.set(account, kernel.now + milliseconds)
    for (const connection of this.#connections) {
      if (connection.account !== account || !connection.isListening || !this.#isThere(connection)) continue
      connection.session += 1
      connection.isListening = false
      kernel.woke()
      connection.listener.onLost('the connection was closed')
      this.#connect(connection, AGAIN_MS / 2)
    }
  }

  #connect(connection: Connection, delay: number): void {
    const { kernel, exchange } = this.#options
    kernel.after(delay, () => {
      if (!this.#isThere(connection)) return
      const { account, credentials, listener } = connection
      const closedUntil = Math.max(this.#closedUntil.get(account) ?? 0, exchange.outUntil)
      if (closedUntil > kernel.now) return this.#connect(connection, AGAIN_MS)
      kernel.woke()
      if (exchange.secrets.get(credentials.keyId) !== credentials.secret) {
        this.#options.onRefused(connection.invocation)
        listener.onRefused('the broker does not take the credentials')
        return
      }
      connection.isListening = true
      listener.onListening()
      this.#flap(account)
    })
  }

  /** A connection that comes back after a loss may be lost again while what was missed is looked up. */
  #flap(account: string): void {
    const flapsFor = this.#flapsFor.get(account)
    if (flapsFor === undefined) return
    this.#flapsFor.delete(account)
    this.#options.kernel.after(this.#random.below(LOOKED_UP_WITHIN_MS), () => this.lose(account, flapsFor))
  }

  #isThere(connection: Connection): boolean {
    return connection.invocation.alive && this.#connections.has(connection)
  }
}

class Connection {
  readonly invocation: Invocation
  readonly credentials: BrokerCredentials
  readonly listener: TradeUpdateListener
  isListening = false
  /** What is under way of an earlier one does not arrive. */
  session = 0

  constructor(invocation: Invocation, credentials: BrokerCredentials, listener: TradeUpdateListener) {
    this.invocation = invocation
    this.credentials = credentials
    this.listener = listener
  }

  get account(): string {
    return this.credentials.keyId.replace(/^key-/, '')
  }
}

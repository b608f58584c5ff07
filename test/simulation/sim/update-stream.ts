/** The exchange's stream of trade updates, as processes listen to it. */
import type { TradeUpdateListener, TradeUpdateStreams } from '../../../lib/ports/trade-update-streams.ts'
import type { SimulatedExchange } from './exchange.ts'
import type { Invocation } from './host.ts'
import type { Kernel } from './kernel.ts'
import { type Stream, streamOf } from './random.ts'
import { StreamConnections } from './stream-connections.ts'
import type { UpdateWay } from './update-way.ts'

export interface UpdateStreamOptions {
  readonly kernel: Kernel
  readonly exchange: SimulatedExchange
  readonly seed: number
  /** A process's credentials are none. */
  readonly onRefused: (invocation: Invocation) => void
}

export class UpdateStream implements UpdateWay {
  readonly mayLose = false
  readonly #random: Stream
  readonly #connections: StreamConnections<TradeUpdateListener>

  constructor(options: UpdateStreamOptions) {
    this.#random = streamOf(options.seed, 'update stream')
    this.#connections = new StreamConnections({ ...options, random: this.#random })
  }

  /** For one process. */
  of(invocation: Invocation): TradeUpdateStreams {
    return {
      open: (_, credentials, listener) =>
        this.#connections.open(credentials.keyId.replace(/^key-/, ''), invocation, credentials, listener),
    }
  }

  send(account: string, _id: string, body: string): void {
    const { payload } = JSON.parse(body) as { readonly payload: Readonly<Record<string, unknown>> }
    for (const connection of this.#connections.listening(account)) {
      this.#connections.tell(connection, this.#random.between(1, 40), ({ onUpdate }) => onUpdate(payload))
    }
  }

  /** See StreamConnections. */
  lose(account: string, milliseconds: number, thenMs?: number): void {
    this.#connections.lose(account, milliseconds, thenMs)
  }
}

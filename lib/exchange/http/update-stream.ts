/**
 * The exchange's stream of trade updates, as Alpaca's paper host has it: a WebSocket at `/stream`, JSON in binary frames,
 * authorization, then `listen` (https://docs.alpaca.markets/docs/websocket-streaming).
 *
 * Invariants: a connection is told of its own account's updates alone, and of none from before it listened: nothing is
 * ever sent again; what is not authorized is told nothing and closed.
 */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import { parseJson } from '../../domain/parse-json.ts'
import type { PaperExchange } from '../paper-exchange.ts'
import type { AccountKey } from './account-key.ts'

const PATH = '/stream'
const TRADE_UPDATES = 'trade_updates'
const LARGEST_MESSAGE = 16 * 1024

interface Listener {
  readonly key: AccountKey
  /** The last update that it was told of, or that was there before it. */
  sequence: number
}

export class UpdateStream {
  readonly #exchange: PaperExchange
  readonly #keys: readonly AccountKey[]
  readonly #server = new WebSocketServer({ noServer: true, maxPayload: LARGEST_MESSAGE })
  /** Null: connected, not authorized yet. */
  readonly #sockets = new Map<WebSocket, { key: AccountKey | null; listener: Listener | null }>()
  /** Whether `listen` is answered without the stream that was asked for. */
  refusesListening = false

  constructor(exchange: PaperExchange, keys: readonly AccountKey[]) {
    this.#exchange = exchange
    this.#keys = keys
    exchange.onEvent = () => this.#tell()
  }

  /** Takes over an HTTP connection that wants to be a stream; any other path is cut off. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (request.url !== PATH) {
      socket.destroy()
      return
    }
    this.#server.handleUpgrade(request, socket, head, (connected) => {
      this.#sockets.set(connected, { key: null, listener: null })
      connected.on('message', (data: Buffer) => this.#hear(connected, data))
      connected.on('close', () => this.#sockets.delete(connected))
      connected.on('error', () => connected.terminate())
    })
  }

  /** How many connections listen. */
  get listening(): number {
    return [...this.#sockets.values()].filter(({ listener }) => listener !== null).length
  }

  /** Cuts every connection off, as a network does: without a word. */
  drop(): void {
    for (const socket of this.#sockets.keys()) socket.terminate()
  }

  close(): void {
    this.#exchange.onEvent = () => {}
    this.drop()
    this.#server.close()
  }

  #hear(socket: WebSocket, data: Buffer): void {
    const state = this.#sockets.get(socket)
    const message = parseJson(data.toString('utf8')) as Message | undefined
    if (state === undefined) return
    if (message?.action === 'auth' || message?.action === 'authenticate') {
      state.key = this.#keyOf(message)
      const status = state.key === null ? 'unauthorized' : 'authorized'
      say(socket, { stream: 'authorization', data: { action: 'authenticate', status } })
      if (state.key === null) socket.close()
    } else if (message?.action === 'listen' && state.key !== null) {
      const isAsked = message.data?.streams?.includes(TRADE_UPDATES) === true && !this.refusesListening
      state.listener = isAsked ? { key: state.key, sequence: this.#last() } : null
      say(socket, { stream: 'listening', data: { streams: isAsked ? [TRADE_UPDATES] : [] } })
    } else {
      say(socket, { action: 'error', data: { error_message: 'unknown message' } })
    }
  }

  #keyOf({ key, secret, data = {} }: Message): AccountKey | null {
    const [keyId, its] = [key ?? data.key_id, secret ?? data.secret_key]
    return this.#keys.find((one) => one.keyId === keyId && one.secret === its) ?? null
  }

  #last(): number {
    return this.#exchange.state.updates.last
  }

  #tell(): void {
    for (const [socket, { listener }] of this.#sockets) {
      if (listener === null) continue
      for (const { sequence, account, message } of this.#exchange.tradeUpdatesAfter(listener.sequence)) {
        listener.sequence = sequence
        if (account === listener.key.label) say(socket, message)
      }
    }
  }
}

/** What clients say: the documented form of authorization, and that of the official SDK. */
interface Message {
  readonly action?: string
  readonly key?: string
  readonly secret?: string
  readonly data?: {
    readonly key_id?: string
    readonly secret_key?: string
    readonly streams?: readonly string[]
  }
}

function say(socket: WebSocket, message: object): void {
  socket.send(Buffer.from(JSON.stringify(message)))
}

/**
 * The exchange's streams of bars, as Alpaca's data host has them: WebSockets at `/v2/iex`, `/v2/sip` and `/v1beta3/crypto/us`.
 *
 * Invariants: a bar is told once, when it comes, to those that have subscribed by then: nothing is ever sent again; a key has
 * one connection to an endpoint.
 */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import { isCrypto } from '../../domain/symbol.ts'
import type { EpochMs } from '../../domain/time.ts'
import type { Feed } from '../market-data/feeds.ts'
import type { MarketTape } from '../market-data/market-tape.ts'
import { type ToldBar, toldBetween } from '../market-data/told-bars.ts'
import { wireBar } from '../market-data/wire-bar.ts'
import type { AccountKey } from './account-key.ts'
import {
  type Connection,
  type Endpoint,
  ENDPOINTS,
  type ErrorCode,
  noSubscriptions,
  readMessage,
  say,
  sayError,
  subscribe,
} from './bar-protocol.ts'

const LARGEST_MESSAGE = 256 * 1024
/** https://docs.alpaca.markets/docs/streaming-market-data: authentication is awaited for 10 seconds. */
const AUTH_TIMEOUT_MS = 10_000
const MARKS = { bars: 'b', updatedBars: 'u', dailyBars: 'd' } as const

export class BarStream {
  readonly #tape: MarketTape
  readonly #feeds: readonly Feed[]
  readonly #keys: readonly AccountKey[]
  readonly #server = new WebSocketServer({ noServer: true, maxPayload: LARGEST_MESSAGE })
  readonly #connections = new Set<Connection>()
  #toldUntil: EpochMs
  #revisionsTold: number
  /** Whether connections hear of no bar any more and are not told so, as behind a network that lost them. */
  isSilent = false

  constructor(tape: MarketTape, feeds: readonly Feed[], keys: readonly AccountKey[]) {
    this.#tape = tape
    this.#feeds = feeds
    this.#keys = keys
    this.#toldUntil = tape.clock.now()
    this.#revisionsTold = tape.revisions.length
  }

  /** Takes over an HTTP connection to one of the endpoints; false for any other path. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    const endpoint = ENDPOINTS.find((known) => known === request.url)
    if (endpoint === undefined) return false
    this.#server.handleUpgrade(request, socket, head, (connected) =>
      this.#welcome(connected, endpoint, request),
    )
    return true
  }

  /** How many connections have subscribed to bars. */
  get listening(): number {
    return [...this.#connections].filter(
      ({ subscribed: { bars, dailyBars } }) => bars.size + dailyBars.size > 0,
    ).length
  }

  /** Tells of everything that has come since the last time; its owner calls it when the tape's clock has moved. */
  publish(): void {
    const now = this.#tape.clock.now()
    const told = toldBetween(this.#tape, this.#toldUntil, now, this.#revisionsTold)
    this.#toldUntil = now
    this.#revisionsTold = this.#tape.revisions.length
    if (this.isSilent) return
    for (const connection of this.#connections) {
      const messages = told.filter((bar) => isHeard(connection, bar)).map((bar) => message(connection, bar))
      if (messages.length > 0) say(connection, messages)
    }
  }

  /** Cuts every connection off, as a network does: without a word. */
  drop(): void {
    for (const { socket } of this.#connections) socket.terminate()
  }

  close(): void {
    this.drop()
    this.#server.close()
  }

  #welcome(socket: WebSocket, endpoint: Endpoint, { headers }: IncomingMessage): void {
    const isMsgpack = headers['content-type'] === 'application/msgpack'
    const connection: Connection = { socket, endpoint, isMsgpack, key: null, subscribed: noSubscriptions() }
    this.#connections.add(connection)
    const timeout = setTimeout(() => {
      if (connection.key === null) refuse(connection, 404)
    }, AUTH_TIMEOUT_MS)
    socket.on('message', (data: Buffer) => this.#hear(connection, data))
    socket.on('close', () => {
      clearTimeout(timeout)
      this.#connections.delete(connection)
    })
    socket.on('error', () => socket.terminate())
    say(connection, [{ T: 'success', msg: 'connected' }])
    const [keyId, secret] = [headers['apca-api-key-id'], headers['apca-api-secret-key']]
    if (typeof keyId === 'string' && typeof secret === 'string') {
      this.#authenticate(connection, keyId, secret)
    }
  }

  #hear(connection: Connection, data: Buffer): void {
    const heard = readMessage(data, connection.isMsgpack)
    if (heard === null) sayError(connection, 400)
    else if (heard.action === 'auth') {
      if (connection.key === null) this.#authenticate(connection, heard.key ?? '', heard.secret ?? '')
      else sayError(connection, 403)
    } else if (connection.key === null) sayError(connection, 401)
    else if (heard.action === 'subscribe' || heard.action === 'unsubscribe') {
      subscribe(connection, heard, heard.action === 'subscribe')
    } else sayError(connection, 400)
  }

  #authenticate(connection: Connection, keyId: string, secret: string): void {
    const { endpoint } = connection
    const key = this.#keys.find((one) => one.keyId === keyId && one.secret === secret)
    if (key === undefined) return refuse(connection, 402)
    if (endpoint === '/v2/sip' && !this.#feeds.includes('sip')) return refuse(connection, 409)
    const isTaken = [...this.#connections].some((other) => other.endpoint === endpoint && other.key === key)
    if (isTaken) return refuse(connection, 406)
    connection.key = key
    return say(connection, [{ T: 'success', msg: 'authenticated' }])
  }
}

function refuse(connection: Connection, code: ErrorCode): void {
  sayError(connection, code)
  connection.socket.close()
}

function isHeard({ endpoint, subscribed, key }: Connection, { channel, bar: { symbol } }: ToldBar): boolean {
  const isHere = isCrypto(symbol) === endpoint.startsWith('/v1beta3/crypto')
  return key !== null && isHere && (subscribed[channel].has(symbol) || subscribed[channel].has('*'))
}

/** As REST tells it, with type and symbol; in msgpack the time is its timestamp, not a text. */
function message({ isMsgpack }: Connection, { channel, bar, at }: ToldBar): object {
  return { T: MARKS[channel], S: bar.symbol, ...wireBar(bar, at), ...(isMsgpack ? { t: new Date(at) } : {}) }
}

/**
 * What is spoken on the exchange's streams of bars (https://docs.alpaca.markets/docs/streaming-market-data): actions of clients,
 * channels, errors; in msgpack where a client says so, as the official SDK does, else in JSON.
 */
import { decode, encode } from '@msgpack/msgpack'
import type { WebSocket } from 'ws'
import { parseJson } from '../../domain/parse-json.ts'
import type { AccountKey } from './account-key.ts'

export const ENDPOINTS = ['/v2/iex', '/v2/sip', '/v1beta3/crypto/us'] as const
export type Endpoint = (typeof ENDPOINTS)[number]
const CHANNELS = [
  'trades',
  'quotes',
  'bars',
  'updatedBars',
  'dailyBars',
  'statuses',
  'lulds',
  'orderbooks',
] as const
export type Channel = (typeof CHANNELS)[number]
type Subscriptions = Readonly<Record<Channel, Set<string>>>

const ERRORS = {
  400: 'invalid syntax',
  401: 'not authenticated',
  402: 'auth failed',
  403: 'already authenticated',
  404: 'auth timeout',
  406: 'connection limit exceeded',
  409: 'insufficient subscription',
} as const
export type ErrorCode = keyof typeof ERRORS

export interface Connection {
  readonly socket: WebSocket
  readonly endpoint: Endpoint
  readonly isMsgpack: boolean
  /** Null until it is authenticated. */
  key: AccountKey | null
  readonly subscribed: Subscriptions
}

interface Message {
  readonly action?: string
  readonly key?: string
  readonly secret?: string
}

export function noSubscriptions(): Subscriptions {
  return Object.fromEntries(
    CHANNELS.map((channel) => [channel, new Set<string>()]),
  ) as unknown as Subscriptions
}

/** Changes what a connection hears, and tells it all that it hears now. */
export function subscribe(connection: Connection, message: object, isWanted: boolean): void {
  const asked = message as Readonly<Record<string, unknown>>
  for (const channel of CHANNELS) {
    const symbols = asked[channel]
    if (!Array.isArray(symbols)) continue
    for (const symbol of symbols) {
      if (isWanted) connection.subscribed[channel].add(String(symbol))
      else connection.subscribed[channel].delete(String(symbol))
    }
  }
  const all = Object.entries(connection.subscribed).map(([channel, symbols]) => [channel, [...symbols]])
  say(connection, [{ T: 'subscription', ...Object.fromEntries(all) }])
}

/** Null for what is no message. */
export function readMessage(data: Buffer, isMsgpack: boolean): Message | null {
  try {
    const read = isMsgpack ? decode(data) : parseJson(data.toString('utf8'))
    return typeof read === 'object' && read !== null && !Array.isArray(read) ? read : null
  } catch {
    // a frame that is no msgpack is the client's mistake, and is said to it
    return null
  }
}

export function sayError(connection: Connection, code: ErrorCode): void {
  say(connection, [{ T: 'error', code, msg: ERRORS[code] }])
}

export function say({ socket, isMsgpack }: Connection, messages: readonly object[]): void {
  socket.send(isMsgpack ? encode(messages) : JSON.stringify(messages))
}

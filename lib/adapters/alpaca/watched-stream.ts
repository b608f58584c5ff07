/**
 * What the official SDK's streams leave to their users (docs.alpaca.markets, "Websocket streaming"): they wait for ever for an
 * authorization (a watchdog connects anew), and say errors as texts, of which some will not be otherwise however often it is
 * tried.
 */
import { streaming } from '@alpacahq/alpaca-trade-api'

export interface StreamTiming {
  /** How long authorization and subscription may take. */
  readonly authorizeMs: number
  /** Before the first reconnection, doubled with each further one. */
  readonly firstReconnectMs: number
  readonly longestReconnectMs: number
  readonly pingMs: number
}

export const STREAM_TIMING: StreamTiming = {
  authorizeMs: 10_000,
  firstReconnectMs: 500,
  longestReconnectMs: 30_000,
  pingMs: 10_000,
}

const LOST: ReadonlySet<streaming.STATE> = new Set([
  streaming.STATE.DISCONNECTED,
  streaming.STATE.WAITING_TO_RECONNECT,
])

/** Told of how a stream stands. */
export interface StreamStanding {
  onListening(): void
  onLost(reason: string): void
  /** For good. */
  onRefused(reason: string): void
}

export interface StreamWords {
  /** What it is refused with for good, by the broker's words. */
  readonly refusals: Readonly<Record<string, string>>
  /** Why a subscription, as it is confirmed, is not what was asked for; null: it is. */
  readonly faultOf: (confirmed: unknown) => string | null
}

export const BAD_CREDENTIALS = 'the broker does not take the credentials'

/** What the SDK's constructors are given. */
export function sdkTiming({ firstReconnectMs, longestReconnectMs, pingMs }: StreamTiming) {
  return {
    maxReconnectAttempts: -1,
    initialReconnectMs: firstReconnectMs,
    maxReconnectMs: longestReconnectMs,
    pingIntervalMs: pingMs,
  }
}

/** Connects it, for as long as it is not closed or refused. */
export function watchStream(
  stream: streaming.TradingStream | streaming.MarketDataStream,
  { authorizeMs }: StreamTiming,
  { refusals, faultOf }: StreamWords,
  listener: StreamStanding,
): { close(): void } {
  let lastError = 'the connection was closed'
  let watchdog: NodeJS.Timeout | undefined
  let isOver = false
  const watch = (): void => {
    clearTimeout(watchdog)
    watchdog = setTimeout(() => {
      lastError = `no authorization within ${authorizeMs} ms`
      stream.disconnect()
      if (!isOver) stream.connect()
    }, authorizeMs)
  }
  const close = (): void => {
    isOver = true
    clearTimeout(watchdog)
    stream.disconnect()
  }
  const refuse = (reason: string): void => {
    if (isOver) return
    close()
    listener.onRefused(reason)
  }
  stream.onError((error) => {
    lastError = error
    const refusal = refusals[error]
    if (refusal !== undefined) refuse(refusal)
  })
  stream.onStateChange((state) => {
    if (isOver) return
    if (state === streaming.STATE.CONNECTING) watch()
    if (LOST.has(state)) listener.onLost(lastError)
  })
  stream.on(streaming.EVENT.SUBSCRIPTION, (confirmed: unknown) => {
    clearTimeout(watchdog)
    const fault = faultOf(confirmed)
    if (fault !== null) refuse(fault)
    else if (!isOver) listener.onListening()
  })
  stream.connect()
  return { close }
}

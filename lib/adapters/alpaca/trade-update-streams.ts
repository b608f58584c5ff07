/**
 * Alpaca's stream of trade updates, through the official SDK (docs.alpaca.markets, "Websocket streaming").
 *
 * What the SDK leaves to its users is made up for here: it waits for ever for an authorization (a watchdog connects anew),
 * passes an update on in its own words (the broker's are taken before it reads them), and says errors as texts.
 */
import { streaming } from '@alpacahq/alpaca-trade-api'
import type { BrokerCredentials, BrokerTarget } from '../../domain/account.ts'
import type {
  TradeUpdateListener,
  TradeUpdateStream,
  TradeUpdateStreams,
} from '../../ports/trade-update-streams.ts'

export interface StreamTiming {
  /** How long authorization and subscription may take. */
  readonly authorizeMs: number
  /** Before the first reconnection, doubled with each further one. */
  readonly firstReconnectMs: number
  readonly longestReconnectMs: number
  readonly pingMs: number
}

const TIMING: StreamTiming = {
  authorizeMs: 10_000,
  firstReconnectMs: 500,
  longestReconnectMs: 30_000,
  pingMs: 10_000,
}
const TRADE_UPDATES = 'trade_updates'
const LOST: ReadonlySet<streaming.STATE> = new Set([
  streaming.STATE.DISCONNECTED,
  streaming.STATE.WAITING_TO_RECONNECT,
])

/** Hands updates over as the broker words them. */
class RawTradingStream extends streaming.TradingStream {
  onRaw: (update: Readonly<Record<string, unknown>>) => void = () => {}

  protected override handleMessage(message: unknown): void {
    const { stream, data } = message as { stream?: unknown; data?: unknown }
    if (stream === TRADE_UPDATES && typeof data === 'object' && data !== null) {
      this.onRaw(data as Readonly<Record<string, unknown>>)
      return
    }
    super.handleMessage(message)
  }
}

export class AlpacaTradeUpdateStreams implements TradeUpdateStreams {
  readonly #timing: StreamTiming

  constructor(timing: StreamTiming = TIMING) {
    this.#timing = timing
  }

  open(
    { baseUrl }: BrokerTarget,
    credentials: BrokerCredentials,
    listener: TradeUpdateListener,
  ): TradeUpdateStream {
    const { authorizeMs, firstReconnectMs, longestReconnectMs, pingMs } = this.#timing
    const stream = new RawTradingStream({
      credentials,
      url: `${baseUrl.replace(/^http/, 'ws')}/stream`,
      maxReconnectAttempts: -1,
      initialReconnectMs: firstReconnectMs,
      maxReconnectMs: longestReconnectMs,
      pingIntervalMs: pingMs,
    })
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
    const refuse = (reason: string): void => {
      if (isOver) return
      isOver = true
      clearTimeout(watchdog)
      stream.disconnect()
      listener.onRefused(reason)
    }
    stream.onRaw = listener.onUpdate
    stream.onError((error) => {
      lastError = error
      if (error === 'auth failed') refuse('the broker does not take the credentials')
    })
    stream.onStateChange((state) => {
      if (isOver) return
      if (state === streaming.STATE.CONNECTING) watch()
      if (LOST.has(state)) listener.onLost(lastError)
    })
    stream.on(streaming.EVENT.SUBSCRIPTION, (streams: unknown) => {
      clearTimeout(watchdog)
      if (!Array.isArray(streams) || !streams.includes(TRADE_UPDATES)) {
        refuse('the broker does not offer trade updates to this account')
      } else if (!isOver) listener.onListening()
    })
    stream.subscribeTradeUpdates()
    stream.connect()
    return {
      close: () => {
        isOver = true
        clearTimeout(watchdog)
        stream.disconnect()
      },
    }
  }
}

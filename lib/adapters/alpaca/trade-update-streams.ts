/**
 * Alpaca's stream of trade updates, through the official SDK (docs.alpaca.markets, "Websocket streaming"). The SDK passes an
 * update on in its own words; the broker's are taken before it reads them.
 */
import { streaming } from '@alpacahq/alpaca-trade-api'
import type { BrokerCredentials, BrokerTarget } from '../../domain/account.ts'
import type {
  TradeUpdateListener,
  TradeUpdateStream,
  TradeUpdateStreams,
} from '../../ports/trade-update-streams.ts'
import { BAD_CREDENTIALS, sdkTiming, STREAM_TIMING, watchStream } from './watched-stream.ts'

const TRADE_UPDATES = 'trade_updates'

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

const WORDS = {
  refusals: { 'auth failed': BAD_CREDENTIALS },
  faultOf: (streams: unknown) =>
    Array.isArray(streams) && streams.includes(TRADE_UPDATES)
      ? null
      : 'the broker does not offer trade updates to this account',
}

export class AlpacaTradeUpdateStreams implements TradeUpdateStreams {
  readonly #timing: typeof STREAM_TIMING

  constructor(timing = STREAM_TIMING) {
    this.#timing = timing
  }

  open(
    { baseUrl }: BrokerTarget,
    credentials: BrokerCredentials,
    listener: TradeUpdateListener,
  ): TradeUpdateStream {
    const stream = new RawTradingStream({
      credentials,
      url: `${baseUrl.replace(/^http/, 'ws')}/stream`,
      ...sdkTiming(this.#timing),
    })
    stream.onRaw = (update) => listener.onUpdate(update)
    stream.subscribeTradeUpdates()
    return watchStream(stream, this.#timing, WORDS, listener)
  }
}

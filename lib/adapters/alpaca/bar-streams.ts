/**
 * Alpaca's streams of bars, through the official SDK (https://docs.alpaca.markets/docs/streaming-market-data): `bars` right after
 * each minute, `updatedBars` for a minute of which late trades changed the bar.
 */
import { streaming } from '@alpacahq/alpaca-trade-api'
import type { BrokerCredentials } from '../../domain/account.ts'
import { spelled } from '../../domain/symbol.ts'
import type { BarStreamListener, BarStreams } from '../../ports/bar-streams.ts'
import { BAD_CREDENTIALS, sdkTiming, STREAM_TIMING, watchStream } from './watched-stream.ts'
import { readBar } from './wire-bars.ts'

const MINUTE_MS = 60_000

const WORDS = {
  refusals: {
    'auth failed': BAD_CREDENTIALS,
    'insufficient subscription': "the account's plan has no stream of this feed",
    'symbol limit exceeded': "the account's plan streams fewer symbols than the strategies name",
  },
  // which symbols have bars it does not say: those that have none stay silent
  faultOf: () => null,
}

export class AlpacaBarStreams implements BarStreams {
  readonly #timing: typeof STREAM_TIMING

  constructor(timing = STREAM_TIMING) {
    this.#timing = timing
  }

  open(
    url: string,
    symbols: readonly string[],
    credentials: BrokerCredentials,
    listener: BarStreamListener,
  ): { close(): void } {
    const stream = new streaming.MarketDataStream({ credentials, url, ...sdkTiming(this.#timing) })
    const take = (bar: streaming.StreamBar): void => {
      const symbol = spelled(bar.symbol ?? '')
      const {
        timestampRaw: t = bar.timestamp.toISOString(),
        open: o,
        high: h,
        low: l,
        close: c,
        volume: v,
      } = bar
      const read = readBar(symbol, { t, o, h, l, c, v }, MINUTE_MS)
      if (typeof read === 'string') listener.onUnreadable(symbol, read)
      else listener.onBar(read)
    }
    stream.onBar(take)
    stream.onUpdatedBar(take)
    stream.subscribeForBars([...symbols])
    stream.subscribeForUpdatedBars([...symbols])
    return watchStream(stream, this.#timing, WORDS, listener)
  }
}

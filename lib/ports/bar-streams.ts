/** The market's streams of minute bars: what closes while they are listened to, and nothing from before (docs/market-data.md). */
import type { BrokerCredentials } from '../domain/account.ts'
import type { SourceBar } from './bar-source.ts'

export interface BarStreamListener {
  /** From now on bars are told, after each reconnection anew; what closed before was missed. */
  readonly onListening: () => void
  /** A minute's bar once it has closed, or a copy of one that differs from what was told before. */
  readonly onBar: (bar: SourceBar) => void
  /** A bar that cannot be read. */
  readonly onUnreadable: (symbol: string, reason: string) => void
  /** The connection is gone; the stream connects again by itself. */
  readonly onLost: (reason: string) => void
  /** The credentials, the feed or so many symbols are taken for none: the stream is over. */
  readonly onRefused: (reason: string) => void
}

export interface BarStreams {
  /** Connects, and again whenever the connection is lost, until it is closed or refused. */
  open(
    url: string,
    symbols: readonly string[],
    credentials: BrokerCredentials,
    listener: BarStreamListener,
  ): { close(): void }
}

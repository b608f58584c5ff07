/** The broker's stream of an account's trade updates: what happens while it is listened to, and nothing from before. */
import type { BrokerCredentials, BrokerTarget } from '../domain/account.ts'

export interface TradeUpdateListener {
  /** From now on updates are told, after each reconnection anew; what happened before was missed. */
  readonly onListening: () => void
  /** The update as the broker words it. */
  readonly onUpdate: (update: Readonly<Record<string, unknown>>) => void
  /** The connection is gone; the stream connects again by itself. */
  readonly onLost: (reason: string) => void
  /** The broker takes the credentials or the subscription for none: the stream is over. */
  readonly onRefused: (reason: string) => void
}

export interface TradeUpdateStream {
  close(): void
}

export interface TradeUpdateStreams {
  /** Connects, and again whenever the connection is lost, until it is closed or refused. */
  open(target: BrokerTarget, credentials: BrokerCredentials, listener: TradeUpdateListener): TradeUpdateStream
}

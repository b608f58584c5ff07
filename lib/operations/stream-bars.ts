/**
 * Streams the market's bars into the log of the deployment's own source, as long as the process has the lease
 * (docs/market-data.md). The same producer as the deployed function's appends them, so it makes the same signals: either may lead.
 *
 * Invariants: a run of the producer begins under the lease alone, and one that outlasts it is safe beside the next process's, as that of
 * the deployed function is: each bar gets the position after the last one read, or none; after every (re)connection, and once a minute, the source of bars is asked for
 * what the stream may not have told; another catalog, feed or key is taken up within a minute.
 */
import type { AccountLabel } from '../domain/account-label.ts'
import type { BrokerCredentials } from '../domain/account.ts'
import { ConfigurationError, TorghutError } from '../domain/errors.ts'
import { floorToMinute, type EpochMs } from '../domain/time.ts'
import type { BarStreamListener, BarStreams } from '../ports/bar-streams.ts'
import type { LiveBars } from '../producer/live-bars.ts'
import {
  type HeldLease,
  type LeaseDeps,
  type LeasedEnd,
  type LeasedState,
  whileLeased,
} from './hold-lease.ts'

/** What is in force. */
export interface WantedStreams {
  readonly streams: readonly { readonly url: string; readonly symbols: readonly string[] }[]
  readonly credentials: BrokerCredentials
}

export interface StreamBarsDeps extends LeaseDeps {
  readonly streams: BarStreams
  readonly live: LiveBars
  /** @throws ConfigurationError, UnavailableError */
  readonly wanted: () => Promise<WantedStreams>
  /** A run of the producer over what is live; partial: for what has just come. @throws ConfigurationError, UnavailableError */
  readonly produce: (isPartial: boolean) => Promise<unknown>
}

export interface StreamBarsOptions {
  readonly stop: AbortSignal
  readonly onState: (state: LeasedState) => void
}

/** So long after a minute's end everything is asked for that the stream has not told. */
const ASK_AFTER_MS = 20_000
/** What comes within so long of a bar is appended with it. */
const GATHER_MS = 40
const STEP_MS = 1000

/** @throws ConfigurationError for flags or credentials that are wrong from the start */
export async function streamBars(
  /** What the lease is called. */
  name: AccountLabel,
  deps: StreamBarsDeps,
  options: StreamBarsOptions,
): Promise<LeasedEnd> {
  const first = await deps.wanted()
  const onWaiting = () => options.onState('waiting')
  return whileLeased(name, deps, { stop: options.stop, onWaiting }, (lease) =>
    new Streamer(deps, options).run(lease, first),
  )
}

class Streamer {
  readonly #deps: StreamBarsDeps
  readonly #options: StreamBarsOptions
  #open: { readonly key: string; readonly connections: readonly { close(): void }[] } | null = null
  readonly #listening = new Set<string>()
  #hasNews = false
  /** Whether everything is to be asked for, not only what has come. */
  #isBehind = true
  #refused: string | null = null
  #wake = new AbortController()

  constructor(deps: StreamBarsDeps, options: StreamBarsOptions) {
    this.#deps = deps
    this.#options = options
  }

  async run(lease: HeldLease, first: WantedStreams): Promise<LeasedEnd | { readonly kind: 'lease_lost' }> {
    const { clock, pause } = this.#deps
    const { stop } = this.#options
    const wake = (): void => this.#wake.abort()
    stop.addEventListener('abort', wake)
    let lookedAt: EpochMs | null = null
    let askedAt: EpochMs | null = null
    try {
      this.#connect(first)
      while (!stop.aborted) {
        if (this.#refused !== null) return { kind: 'refused', reason: this.#refused }
        if (!(await lease.keep())) return { kind: 'lease_lost' }
        const now = clock.now()
        const minute = floorToMinute(now)
        if (lookedAt !== minute) {
          if (lookedAt !== null) await this.#tried(async () => this.#connect(await this.#deps.wanted()))
          lookedAt = minute
        }
        if (askedAt !== minute && now - minute >= ASK_AFTER_MS) {
          askedAt = minute
          this.#isBehind = true
        }
        if (lease.isOurs && (this.#isBehind || this.#hasNews)) await this.#produce()
        this.#wake = new AbortController()
        if (!this.#isBehind && !this.#hasNews) await pause(STEP_MS, this.#wake.signal)
        if (this.#hasNews) await pause(GATHER_MS, stop)
      }
      return { kind: 'stopped' }
    } finally {
      stop.removeEventListener('abort', wake)
      this.#close()
    }
  }

  #connect({ streams, credentials }: WantedStreams): void {
    const key = JSON.stringify([streams, credentials])
    if (this.#open?.key === key) return
    this.#close()
    this.#options.onState('connecting')
    const connections = streams.map(({ url, symbols }) =>
      this.#deps.streams.open(url, symbols, credentials, this.#listener(url, streams.length)),
    )
    this.#open = { key, connections }
  }

  #close(): void {
    for (const connection of this.#open?.connections ?? []) connection.close()
    this.#open = null
    this.#listening.clear()
    this.#deps.live.lost()
  }

  #listener(url: string, all: number): BarStreamListener {
    const { live, telemetry } = this.#deps
    return {
      onListening: () => {
        this.#listening.add(url)
        if (this.#listening.size < all) return
        live.listening()
        this.#isBehind = true
        this.#options.onState('listening')
        this.#wake.abort()
      },
      onBar: (bar) => {
        live.take(bar)
        this.#hasNews = true
        this.#wake.abort()
      },
      onUnreadable: (symbol, reason) => {
        live.missed(symbol)
        telemetry.record('warn', 'a bar of the stream cannot be read', { symbol, reason })
        this.#isBehind = true
      },
      onLost: (reason) => {
        this.#listening.delete(url)
        live.lost()
        telemetry.record('warn', 'the stream was lost', { reason })
        this.#options.onState('lost')
      },
      onRefused: (reason) => {
        this.#refused = reason
        this.#wake.abort()
      },
    }
  }

  async #produce(): Promise<void> {
    const isPartial = !this.#isBehind
    this.#isBehind = false
    this.#hasNews = false
    await this.#tried(() => this.#deps.produce(isPartial))
  }

  /** What fails is tried again with the next bar, or within a minute. */
  async #tried(work: () => Promise<unknown>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (!(error instanceof TorghutError)) throw error
      const what = error instanceof ConfigurationError ? 'the configuration is wrong' : 'tried again'
      this.#deps.telemetry.record('warn', what, {}, error)
    }
  }
}

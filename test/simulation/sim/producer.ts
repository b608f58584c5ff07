/** Who sends signals: one message each, as `signals push` and other producers do. */
import { asEpochMs, formatInstant } from '../../../lib/domain/time.ts'
import type { Checker } from './checker.ts'
import type { Cloud, FunctionSpec } from './cloud.ts'
import type { Kernel } from './kernel.ts'
import { payloadFor } from './market-reader.ts'
import { type Stream, streamOf } from './random.ts'
import type { ScenarioSignal } from './scenario.ts'

type ProducedSignal = Omit<ScenarioSignal, 'tick' | 'afterMs'>

export interface ProducerOptions {
  readonly kernel: Kernel
  readonly seed: number
  readonly ingest: FunctionSpec
  readonly cloud: Cloud
  readonly checker: Checker
  /** Whether signals say their numbers. */
  readonly numbered: boolean
}

/** As many as a decision can have: six such decisions do not fit one record, even compressed. */
const LARGE_CHARACTERS = 8000
const LARGE_SIGNALS = 6
const FIRST_IDEOGRAPH = 0x4e00
const TOO_MANY_CHARACTERS = 70_000
const IMPOSSIBLE = '2025-11-31T15:00:00Z'
/** Sequence numbers that no other signal has. */
const UNUSABLE_FROM = 1_000_000

export class Producer {
  readonly #options: ProducerOptions
  readonly #random: Stream
  readonly #bodies: string[] = []
  #seq = 0
  #unusable = 0

  constructor(options: ProducerOptions) {
    this.#options = options
    this.#random = streamOf(options.seed, 'producer')
  }

  send(signal: ProducedSignal): void {
    const { checker } = this.#options
    const body = JSON.stringify(this.#record(signal))
    this.#bodies.push(body)
    checker.owed.sent(body)
    this.#put(`signal-${this.#seq}`, body)
  }

  /** Many signals in one message, more than one delivery can store. */
  sendTogether(signals: readonly ProducedSignal[]): void {
    const records = signals.map((signal) => this.#record(signal))
    for (const record of records) this.#options.checker.owed.sent(JSON.stringify(record))
    this.#put(`signals-${this.#seq}`, JSON.stringify(records))
  }

  #record({ symbol, ...wished }: ProducedSignal) {
    this.#seq += 1
    return {
      event_ts: formatInstant(asEpochMs(this.#options.kernel.now)),
      symbol,
      timeframe: '1Min',
      seq: this.#seq,
      source: 'ta',
      payload: payloadFor(this.#options.numbered ? { ...wished, number: this.#seq } : wished),
    }
  }

  #put(id: string, body: string): void {
    const { kernel, ingest, cloud } = this.#options
    ingest.queue.send('ta', id, body, kernel.now)
    cloud.pump(ingest)
  }

  /** What no log can take: quarantined, and nobody waits for it. */
  sendUnusable(kind: 'signal_too_large' | 'impossible_date'): void {
    const { kernel } = this.#options
    this.#unusable += 1
    const isLarge = kind === 'signal_too_large'
    const body = JSON.stringify({
      event_ts: isLarge ? formatInstant(asEpochMs(kernel.now)) : IMPOSSIBLE,
      symbol: 'AAPL',
      timeframe: '1Min',
      seq: UNUSABLE_FROM + this.#unusable,
      source: 'ta',
      payload: payloadFor({
        wish: 'buy',
        price: '100',
        reason: isLarge ? 'x'.repeat(TOO_MANY_CHARACTERS) : '',
      }),
    })
    this.#put(`unusable-${this.#unusable}`, body)
  }

  /** An earlier signal comes once more, long after it was forgotten. */
  sendAgain(): void {
    const { kernel, checker } = this.#options
    if (this.#bodies.length === 0) return
    const body = this.#random.pick(this.#bodies)
    checker.owed.sent(body)
    this.#put(`again-${kernel.now}`, body)
  }

  /** Some signals in one minute whose decisions are too large for one record together. */
  sendLarge(minute: number): void {
    for (let signal = 0; signal < LARGE_SIGNALS; signal += 1) {
      const at = minute + this.#random.below(30_000)
      const reason = this.#largeText()
      this.#options.kernel.at(at, () => this.send({ symbol: 'AAPL', wish: 'buy', price: '100', reason }))
    }
  }

  #largeText(): string {
    const characters = Array.from(
      { length: LARGE_CHARACTERS },
      () => FIRST_IDEOGRAPH + this.#random.below(20_000),
    )
    return String.fromCodePoint(...characters)
  }
}

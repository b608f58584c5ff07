/** Who sends signals: one message each, as `signals push` and other producers do. */
import { asEpochMs, formatInstant } from '../../../lib/domain/time.ts'
import type { Checker } from './checker.ts'
import type { Cloud, FunctionSpec } from './cloud.ts'
import type { Kernel } from './kernel.ts'
import { payloadFor } from './market-reader.ts'
import { type Stream, streamOf } from './random.ts'
import type { ScenarioSignal } from './scenario.ts'

export interface ProducerOptions {
  readonly kernel: Kernel
  readonly seed: number
  readonly ingest: FunctionSpec
  readonly cloud: Cloud
  readonly checker: Checker
}

/** As many as a decision can have: six such decisions do not fit one record, even compressed. */
const LARGE_CHARACTERS = 8000
const LARGE_SIGNALS = 6
const FIRST_IDEOGRAPH = 0x4e00

export class Producer {
  readonly #options: ProducerOptions
  readonly #random: Stream
  readonly #bodies: string[] = []
  #seq = 0

  constructor(options: ProducerOptions) {
    this.#options = options
    this.#random = streamOf(options.seed, 'producer')
  }

  send({ symbol, ...wished }: Omit<ScenarioSignal, 'tick' | 'afterMs'>): void {
    const { kernel, ingest, cloud, checker } = this.#options
    this.#seq += 1
    const body = JSON.stringify({
      event_ts: formatInstant(asEpochMs(kernel.now)),
      symbol,
      timeframe: '1Min',
      seq: this.#seq,
      source: 'ta',
      payload: payloadFor(wished),
    })
    this.#bodies.push(body)
    checker.owed.sent(body)
    ingest.queue.send('ta', `signal-${this.#seq}`, body, kernel.now)
    cloud.pump(ingest)
  }

  /** An earlier signal comes once more, long after it was forgotten. */
  sendAgain(): void {
    const { kernel, ingest, cloud, checker } = this.#options
    if (this.#bodies.length === 0) return
    const body = this.#random.pick(this.#bodies)
    checker.owed.sent(body)
    ingest.queue.send('ta', `again-${kernel.now}`, body, kernel.now)
    cloud.pump(ingest)
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

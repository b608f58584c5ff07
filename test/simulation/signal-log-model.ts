/**
 * A signal log's storage whose every operation waits until a schedule lets it happen, so that writers can be
 * interleaved, killed between any two steps, and made to see their own write twice.
 *
 * It checks at every row that is put what readers rely on: positions rise one by one, none is given twice.
 */
import { isLater } from '../../lib/domain/signal-series.ts'
import { SignalAppender } from '../../lib/signals/append.ts'
import { RunAppender } from '../../lib/signals/append-run.ts'
import { SeriesHistory } from '../../lib/signals/series-history.ts'
import type {
  HighWaterMark,
  RowPage,
  SignalMarker,
  SignalRow,
  SignalRows,
} from '../../lib/ports/signal-rows.ts'
import { type RetentionDays, isPast } from '../../lib/domain/retention.ts'
import { type SignalId, signalId } from '../../lib/domain/ids.ts'
import type { Signal } from '../../lib/domain/signal.ts'
import { type EpochMs, asMonotonicMs } from '../../lib/domain/time.ts'
import type { AppendOutcome } from '../../lib/ports/signal-log.ts'

/** What is stored, shared by all writers. */
export class StoredLog {
  mark: HighWaterMark | null = null
  readonly markers = new Map<SignalId, SignalMarker>()
  readonly rows = new Map<number, SignalRow>()
  /** Every row ever put, in the order of time. */
  readonly history: SignalRow[] = []
  /** The series' history, by position. */
  readonly copies = new Map<number, SignalRow>()
  now: EpochMs

  constructor(now: EpochMs) {
    this.now = now
  }

  createRow(row: SignalRow): boolean {
    if (this.rows.has(row.position)) return false
    const highest = this.history.at(-1)?.position ?? 0
    if (row.position <= highest) throw new Error(`row ${row.position} was put after row ${highest}`)
    if (row.position > highest + 1 && !this.history.every(({ expiresAt }) => isPast(expiresAt, this.now))) {
      throw new Error(`row ${row.position} was put after row ${highest}: a hole among live rows`)
    }
    const missing = this.missingCopy(row.position)
    if (missing !== null) throw new Error(`row ${row.position} was put before the history of ${missing}`)
    this.rows.set(row.position, row)
    this.history.push(row)
    return true
  }

  /** Puts a copy that comes in the order of time. */
  createCopy(row: SignalRow): boolean {
    if (this.copies.has(row.position)) return false
    const last = this.#lastCopyBelow(row.position)
    if (last !== undefined && !isLater(row.signal, last)) throw new Error(`row ${row.position} came late`)
    this.copies.set(row.position, row)
    return true
  }

  #lastCopyBelow(position: number): Signal | undefined {
    const below = [...this.copies].filter(([copied]) => copied < position)
    return below.sort(byPosition).at(-1)?.[1].signal
  }

  /** The first row below a position that came in the order of time and has no copy. */
  missingCopy(below: number): number | null {
    for (const [position, { signal }] of this.rows) {
      if (position >= below || this.copies.has(position)) continue
      const last = this.#lastCopyBelow(position)
      if (last === undefined || isLater(signal, last)) return position
    }
    return null
  }

  /** What time-to-live does: removes some of what has expired, in no order. */
  removeExpired(isChosen: () => boolean): void {
    for (const [position, { expiresAt }] of this.rows) {
      if (isPast(expiresAt, this.now) && isChosen()) this.rows.delete(position)
    }
    for (const [id, { expiresAt }] of this.markers) {
      if (isPast(expiresAt, this.now) && isChosen()) this.markers.delete(id)
    }
  }
}

interface Step {
  readonly isWrite: boolean
  /** Applies the operation and lets its writer go on; `twice`: as a repetition whose first answer was lost. */
  readonly run: (twice: boolean) => void
}

export interface WriterOptions {
  /** Whether the history is read and written in no step of its own. */
  readonly historyAtOnce?: boolean
  /** Whether its signals are appended as one run, as a producer of bars does. */
  readonly asRun?: boolean
}

/** A run that is overtaken begins again behind what is there, so often. */
const MOST_RUNS = 5

/** One process that appends signals one after another. */
export class Writer {
  readonly outcomes: { readonly signal: Signal; readonly outcome: AppendOutcome }[] = []
  /** Operations that are under way. */
  steps: readonly Step[] = []
  failure: Error | null = null
  isStarted = false
  readonly #signals: readonly Signal[]
  readonly #log: StoredLog
  readonly #history: SeriesHistory
  readonly #appender: SignalAppender
  readonly #runs: RunAppender
  readonly #asRun: boolean
  #wake: () => void = () => {}

  constructor(
    log: StoredLog,
    signals: readonly Signal[],
    retentionDays: RetentionDays,
    { historyAtOnce = false, asRun = false }: WriterOptions = {},
  ) {
    this.#signals = signals
    this.#log = log
    this.#asRun = asRun
    const clock = { now: () => log.now, monotonic: () => asMonotonicMs(0) }
    const storage = this.#storage(log, historyAtOnce)
    this.#history = new SeriesHistory(storage, clock, retentionDays, () => true)
    this.#appender = new SignalAppender(storage, clock, retentionDays, this.#history)
    this.#runs = new RunAppender(storage, clock, retentionDays, this.#history, this.#appender)
  }

  /** Runs to the first operation. */
  async start(): Promise<void> {
    this.isStarted = true
    const stopped = this.#nextStop()
    void this.#work()
    await stopped
  }

  /** Does a pending operation and runs to the next one, or to the end. */
  async proceed(twice: boolean, which = 0): Promise<void> {
    const step = this.steps[which]
    if (step === undefined) return
    this.steps = this.steps.filter((one) => one !== step)
    // with others under way it may wait for these
    const stopped = this.steps.length > 0 ? afterPending() : this.#nextStop()
    step.run(twice)
    await stopped
  }

  /** Its process ends: nothing of what is under way happens. */
  die(): void {
    this.steps = []
  }

  async #work(): Promise<void> {
    try {
      if (this.#asRun) await this.#appendRun()
      else for (const signal of this.#signals) this.#acknowledge(signal, await this.#appender.append(signal))
    } catch (error) {
      this.failure = error instanceof Error ? error : new Error('failed', { cause: error })
    }
    this.#wake()
  }

  async #appendRun(): Promise<void> {
    let rest = this.#signals
    for (let runs = 0; runs < MOST_RUNS && rest.length > 0; runs += 1) {
      const source = rest[0]?.source ?? ''
      const end = await this.#appender.settledEnd(source)
      await this.#history.learn(source, end, rest)
      const first = end + 1
      const asked: Signal[] = []
      const outcome = await this.#runs.append(noted(rest, asked), first)
      const count = outcome === null ? rest.length : asked.length - 1
      for (const [index, signal] of rest.slice(0, count).entries())
        this.#acknowledge(signal, { kind: 'appended', position: first + index })
      rest = rest.slice(count)
      const [signal] = rest
      if (signal === undefined || outcome === null || outcome.kind === 'overtaken') continue
      this.#acknowledge(signal, outcome)
      rest = rest.slice(1)
    }
  }

  #acknowledge(signal: Signal, outcome: AppendOutcome): void {
    this.outcomes.push({ signal, outcome })
    const missing = this.#log.missingCopy(outcome.kind === 'too_large' ? 0 : outcome.position + 1)
    if (missing !== null) throw new Error(`position ${missing} was acknowledged before its history`)
  }

  #nextStop(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  async #operation<T>(isWrite: boolean, apply: () => T): Promise<T> {
    const result = await new Promise<() => T>((resolve) => {
      const run = (twice: boolean) => {
        const first = attempt(apply)
        resolve(twice ? attempt(apply) : first)
      }
      this.steps = [...this.steps, { isWrite, run }]
      this.#wake()
    })
    return result()
  }

  #storage(log: StoredLog, historyAtOnce: boolean): SignalRows {
    const atOnce = <T>(apply: () => T) => Promise.resolve(apply())
    const read = <T>(apply: () => T) => this.#operation(false, apply)
    const write = <T>(apply: () => T) => this.#operation(true, apply)
    return {
      fits: () => true,
      readMark: () => read(() => log.mark),
      moveMark: (mark, from) =>
        write(() => {
          if ((log.mark?.position ?? null) !== from) return false
          log.mark = mark
          return true
        }),
      readMarker: (id) => read(() => log.markers.get(id) ?? null),
      createMarker: (marker) =>
        write(() => {
          if (log.markers.has(marker.signalId)) return false
          log.markers.set(marker.signalId, marker)
          return true
        }),
      moveMarker: (marker, from) =>
        write(() => {
          if (log.markers.get(marker.signalId)?.position !== from) return false
          log.markers.set(marker.signalId, marker)
          return true
        }),
      readRow: (_, position) => read(() => log.rows.get(position) ?? null),
      createRow: (row) => write(() => log.createRow(row)),
      createHistory: (row) => (historyAtOnce ? atOnce : write)(() => log.createCopy(row)),
      expireHistory: () => Promise.reject(new Error('so few are all kept')),
      queryHistory: (_, below, limit) =>
        (historyAtOnce ? atOnce : read)(() =>
          [...log.copies]
            .sort(byPosition)
            .filter(([position]) => position < below)
            .slice(-limit)
            .map(([, row]) => row)
            .reverse(),
        ),
      queryRows: (): Promise<RowPage> => Promise.reject(new Error('appending reads no ranges')),
    }
  }
}

function byPosition([left]: readonly [number, unknown], [right]: readonly [number, unknown]): number {
  return left - right
}

function* noted<T>(items: readonly T[], asked: T[]): Generator<T> {
  for (const item of items) {
    asked.push(item)
    yield item
  }
}

/** When all that can go on without a further operation has done so. */
function afterPending(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

/** The result of something, to be had later: a value or what was thrown. */
function attempt<T>(apply: () => T): () => T {
  try {
    const value = apply()
    return () => value
  } catch (error) {
    return () => {
      throw error
    }
  }
}

export interface Faults {
  readonly kills: number
  readonly repetitions: number
  /** Only the first so many writers are hit; where all writers do alike, one is as good as any. */
  readonly writers?: number
}

/** Picks one of `options` choices. */
export type Choose = (options: number) => number

/** Runs the writers to their ends, one operation at a time as chosen, killing and repeating within `faults`. */
export async function interleave(
  writers: readonly Writer[],
  choose: Choose,
  faults: Faults,
  afterEach: () => void = () => {},
): Promise<void> {
  let { kills, repetitions } = faults
  for (const writer of writers) if (!writer.isStarted) await writer.start()
  for (;;) {
    const choices = writers.flatMap((writer, index) => {
      const isHit = index < (faults.writers ?? writers.length)
      const steps = writer.steps.flatMap(({ isWrite }, which) => [
        () => writer.proceed(false, which),
        ...(isHit && repetitions > 0 && isWrite
          ? [async () => (repetitions--, await writer.proceed(true, which))]
          : []),
      ])
      const canDie = isHit && kills > 0 && steps.length > 0
      return canDie ? [...steps, async () => (kills--, writer.die())] : steps
    })
    if (choices.length === 0) return
    await choices[choices.length === 1 ? 0 : choose(choices.length)]?.()
    afterEach()
  }
}

/** Runs `scenario` once for every sequence of choices there is; returns how many there were. */
export async function exhaust(scenario: (choose: Choose) => Promise<void>): Promise<number> {
  const path: { choice: number; readonly options: number }[] = []
  for (let runs = 1; ; runs++) {
    let depth = 0
    await scenario((options) => {
      const known = path[depth++]
      if (known !== undefined) return known.choice
      path.push({ choice: 0, options })
      return 0
    })
    while ((path.at(-1)?.choice ?? 0) + 1 === path.at(-1)?.options) path.pop()
    const last = path.at(-1)
    if (last === undefined) return runs
    last.choice += 1
  }
}

/** What must hold once every writer has ended or died. */
export function violations(log: StoredLog, writers: readonly Writer[]): string[] {
  const found: string[] = []
  for (const { failure } of writers) if (failure !== null) found.push(failure.message)
  const live = [...log.rows.values()].filter(({ expiresAt }) => !isPast(expiresAt, log.now))
  const ids = live.map((row) => row.signalId)
  if (new Set(ids).size !== ids.length) found.push('a signal has two positions')
  for (const { signal, outcome } of writers.flatMap(({ outcomes }) => outcomes)) {
    const at = outcome.kind === 'too_large' ? null : outcome.position
    const stored = log.history.find(({ position }) => position === at)
    if (stored?.signalId !== signalId(signal)) found.push(`seq ${signal.seq} was acknowledged, not stored`)
  }
  return found
}

/**
 * The exchange's append-only log file: a header line, then one JSON event a line.
 *
 * Invariants: an event is in the file before anybody is told of it, by one write of one whole line, so a
 * process kill loses nothing that was answered; a torn last line (no newline) was answered to nobody and is
 * dropped; any other unreadable line stops the exchange with file and line. A write that fails leaves the
 * file as it was.
 */
import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  truncateSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { StateError } from '../domain/errors.ts'
import { exchangeEvent, LOG_VERSION, logHeader, type ExchangeEvent } from './events.ts'

const ADVICE = 'start over with a fresh state folder, or bring this file back from a copy'

export class EventLog {
  readonly #file: string
  #descriptor: number | null
  #length: number

  private constructor(file: string, descriptor: number, length: number) {
    this.#file = file
    this.#descriptor = descriptor
    this.#length = length
  }

  /**
   * Opens the log, making it if need be, and hands every stored event to `replay` in order.
   * @throws StateError for a log that cannot be read, or that `replay` cannot follow; it names file and line.
   */
  static open(file: string, replay: (event: ExchangeEvent) => void): EventLog {
    try {
      mkdirSync(dirname(file), { recursive: true })
      const length = existsSync(file) ? load(file, replay) : 0
      const log = new EventLog(file, openSync(file, 'a'), length)
      if (length === 0) log.#write({ paper_exchange_log: LOG_VERSION })
      return log
    } catch (error) {
      if (error instanceof StateError) throw error
      throw new StateError(`${file}: the exchange's log cannot be opened`, { cause: error })
    }
  }

  /** @throws StateError when the event could not be stored; then nothing of it is in the file. */
  append(event: ExchangeEvent): void {
    this.#write(event)
  }

  close(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor)
    this.#descriptor = null
  }

  #write(line: object): void {
    if (this.#descriptor === null) throw new StateError(`${this.#file}: the exchange's log is closed`)
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`)
    try {
      for (let done = 0; done < bytes.length;) done += writeSync(this.#descriptor, bytes, done)
      this.#length += bytes.length
    } catch (error) {
      this.#undo()
      throw new StateError(`${this.#file}: the exchange's log cannot be written`, { cause: error })
    }
  }

  /** Takes back a part of a line; if even that fails, the next start drops it as torn, so nothing may follow. */
  #undo(): void {
    if (this.#descriptor === null) return
    try {
      ftruncateSync(this.#descriptor, this.#length)
    } catch {
      this.close()
    }
  }
}

/** Replays a log file; returns its length without a torn last line. */
function load(file: string, replay: (event: ExchangeEvent) => void): number {
  const bytes = readFileSync(file)
  const length = bytes.lastIndexOf(0x0a) + 1
  if (length < bytes.length) truncateSync(file, length)
  const lines = bytes.toString('utf8', 0, length).split('\n').slice(0, -1)
  for (const [index, line] of lines.entries()) {
    try {
      if (index === 0) readHeader(line)
      else replay(exchangeEvent.parse(JSON.parse(line)))
    } catch (error) {
      throw new StateError(`${file}:${index + 1}: not an event of the exchange's log`, {
        cause: error,
        advice: ADVICE,
      })
    }
  }
  return length
}

function readHeader(line: string): void {
  const { paper_exchange_log: version } = logHeader.parse(JSON.parse(line))
  if (version !== LOG_VERSION) throw new StateError(`version ${version}, this program writes ${LOG_VERSION}`)
}

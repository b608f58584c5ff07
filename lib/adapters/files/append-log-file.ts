/**
 * An append-only log in a file.
 *
 * Invariants: a line is in the file before `append` returns, by one write of one whole line, so a process kill
 * loses nothing that was answered; a torn last line (no newline) was answered to nobody and is dropped; any
 * other line that cannot be followed stops the start with file and line. A write that fails leaves the file as
 * it was.
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
import { StateError } from '../../domain/errors.ts'
import type { AppendLog, OpenAppendLog } from '../../ports/append-log.ts'

const ADVICE = 'start over with a fresh state folder, or bring this file back from a copy'

/** The log in this file, whose folder is made if need be. */
export function appendLogFile(file: string): OpenAppendLog {
  return (replay) => {
    try {
      mkdirSync(dirname(file), { recursive: true })
      const length = existsSync(file) ? load(file, replay) : 0
      return new AppendLogFile(file, openSync(file, 'a'), length)
    } catch (error) {
      if (error instanceof StateError) throw error
      throw new StateError(`${file}: the log cannot be opened`, { cause: error })
    }
  }
}

class AppendLogFile implements AppendLog {
  readonly #file: string
  #descriptor: number | null
  #length: number

  constructor(file: string, descriptor: number, length: number) {
    this.#file = file
    this.#descriptor = descriptor
    this.#length = length
  }

  append(line: string): void {
    if (this.#descriptor === null) throw new StateError(`${this.#file}: the log is closed`)
    const bytes = Buffer.from(`${line}\n`)
    try {
      for (let done = 0; done < bytes.length;) done += writeSync(this.#descriptor, bytes, done)
      this.#length += bytes.length
    } catch (error) {
      this.#undo()
      throw new StateError(`${this.#file}: the log cannot be written`, { cause: error })
    }
  }

  close(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor)
    this.#descriptor = null
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
function load(file: string, replay: (line: string) => void): number {
  const bytes = readFileSync(file)
  const length = bytes.lastIndexOf(0x0a) + 1
  if (length < bytes.length) truncateSync(file, length)
  const lines = bytes.toString('utf8', 0, length).split('\n').slice(0, -1)
  for (const [index, line] of lines.entries()) {
    try {
      replay(line)
    } catch (error) {
      throw new StateError(`${file}:${index + 1}: not a line of this log`, { cause: error, advice: ADVICE })
    }
  }
  return length
}

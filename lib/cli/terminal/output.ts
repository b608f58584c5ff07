/**
 * Where verbs write: results on stdout, progress on stderr (docs/architecture.md#command-line).
 *
 * Invariants: writing waits while the reader is slow, so that output never piles up in memory; a reader
 * that went away (`| head`) ends the command quietly; colours only on a terminal and never with NO_COLOR.
 */
import type { Writable } from 'node:stream'
import pc from 'picocolors'
import type { EpochMs } from '../../domain/time.ts'
import { renderTable, type Cell } from './table.ts'

const PIECE_LENGTH = 65_536

/** The reader of stdout is gone; there is nobody left to tell. */
export class OutputClosed extends Error {}

/** The terminal's control sequence that clears to the end of the line. */
const CLEAR_LINE = '\u001B[K'

export type Colors = ReturnType<typeof pc.createColors>

/** A process's stdout or stderr, or what stands for them. */
export type OutputStream = Writable & { readonly isTTY?: boolean; readonly columns?: number }

export interface OutputStreams {
  readonly stdout: OutputStream
  readonly stderr: OutputStream
}

export class Output {
  readonly colors: Colors
  readonly #stdout: OutputStream
  /** As it was when this began: whoever is to print elsewhere later has the stream's own method replaced. */
  readonly #writeOut: OutputStream['write']
  readonly #stderr: OutputStream
  #fault: Error | null = null
  #status: string | null = null

  constructor({ stdout, stderr }: OutputStreams, environment: Readonly<Record<string, string | undefined>>) {
    this.#stdout = stdout
    this.#writeOut = stdout.write.bind(stdout)
    this.#stderr = stderr
    this.colors = pc.createColors(stdout.isTTY === true && !environment['NO_COLOR'])
    stdout.on('error', (error: NodeJS.ErrnoException) => {
      this.#fault ??= error.code === 'EPIPE' ? new OutputClosed('the reader went away') : error
    })
    stderr.on('error', () => {
      // nobody reads the progress; the result still counts
    })
  }

  /** Whether somebody watches the progress. */
  get isWatched(): boolean {
    return this.#stderr.isTTY === true
  }

  /** The terminal's columns; null where results go somewhere else. */
  get width(): number | null {
    return this.#stdout.isTTY === true ? (this.#stdout.columns ?? null) : null
  }

  /** What somebody who writes for this output has to know of where it ends. */
  get terminals(): Readonly<
    Record<'stdout' | 'stderr', { readonly isTTY: boolean; readonly columns?: number }>
  > {
    const of = ({ isTTY = false, columns }: OutputStream) =>
      columns === undefined ? { isTTY } : { isTTY, columns }
    return { stdout: of(this.#stdout), stderr: of(this.#stderr) }
  }

  /** Writes text to stdout and waits while its reader is behind. @throws OutputClosed */
  async write(text: string): Promise<void> {
    if (this.#fault) throw this.#fault
    if (this.#writeOut(text)) return
    await this.#settled('drain')
  }

  /** Writes a result line. */
  async print(line: string): Promise<void> {
    await this.write(`${line}\n`)
  }

  /** Writes a table for people, no wider than their terminal. */
  async printTable(head: readonly string[], rows: readonly (readonly Cell[])[]): Promise<void> {
    await this.print(renderTable(head, rows, this.colors, this.width))
  }

  /** Writes many result lines, in few large pieces. */
  async printLines(lines: AsyncIterable<string>): Promise<void> {
    let piece = ''
    try {
      for await (const line of lines) {
        piece += `${line}\n`
        if (piece.length < PIECE_LENGTH) continue
        await this.write(piece)
        piece = ''
      }
    } finally {
      if (piece !== '' && !this.#fault) await this.write(piece)
    }
  }

  /** Prints a result in the dialect of `--json`. */
  async printJson<Value>(value: Value & InDialect<Value>): Promise<void> {
    await this.print(JSON.stringify(value))
  }

  /** Hands text to stdout without waiting; `flush` waits. */
  queue(text: string): void {
    if (!this.#fault) this.#writeOut(text)
  }

  /** Writes a line for people to stderr. */
  note(line: string): void {
    const status = this.#status
    this.status(null)
    this.#stderr.write(`${line}\n`)
    this.status(status)
  }

  /** Hands on what another output has written for people, as it is. */
  raw(text: string): void {
    this.#stderr.write(text)
  }

  /** Shows a text on the terminal's last line in place of the one before; null takes it away. */
  status(text: string | null): void {
    if (!this.isWatched || text === this.#status) return
    this.#status = text
    this.#stderr.write(`\r${CLEAR_LINE}${text ?? ''}`)
  }

  /** Waits until all is written. @throws OutputClosed, or the fault of writing. */
  async flush(): Promise<void> {
    await new Promise<void>((done) => {
      if (this.#fault) done()
      else this.#writeOut('', 'utf8', () => done())
    })
    if (this.#fault) throw this.#fault
  }

  async #settled(event: 'drain'): Promise<void> {
    await new Promise<void>((done) => {
      const finish = () => {
        this.#stdout.off(event, finish).off('error', finish).off('close', finish)
        done()
      }
      this.#stdout.once(event, finish).once('error', finish).once('close', finish)
    })
    if (this.#fault) throw this.#fault
  }
}

/**
 * What `--json` prints: names in snake_case, no Decimals and no instants, which codecs write as texts. A value of
 * another kind is `never`; maps whose names are data are not looked into.
 */
type InDialect<Value> = Value extends string | boolean | null | undefined | Uint8Array
  ? Value
  : Value extends bigint | EpochMs
    ? never
    : Value extends readonly (infer Item)[]
      ? readonly InDialect<Item>[]
      : Value extends object
        ? string extends keyof Value
          ? Value
          : {
              readonly [Name in keyof Value]: IsSnakeCase<Name> extends true ? InDialect<Value[Name]> : never
            }
        : Value

type IsSnakeCase<Name> = Name extends Lowercase<Name & string> ? true : false

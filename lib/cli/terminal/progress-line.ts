/** A run's progress on stderr: a bar on a terminal, otherwise a line now and then. */
import { formatInstant } from '../../domain/time.ts'
import type { Progress } from '../../local/walk.ts'
import type { Output } from './output.ts'

const WIDTH = 30
/** Without a terminal, so many lines over a whole run. */
const LINES = 5

export class ProgressLine {
  readonly #output: Output
  #lastLine = 0

  constructor(output: Output) {
    this.#output = output
  }

  show({ done, total, tickAt }: Progress): void {
    const date = tickAt === null ? '' : ` ${formatInstant(tickAt).slice(0, 10)}`
    if (this.#output.isWatched) {
      const filled = Math.round((done / total) * WIDTH)
      const bar = '█'.repeat(filled) + '░'.repeat(WIDTH - filled)
      this.#output.status(`${bar} ${done}/${total}${date}`)
      return
    }
    const line = Math.floor((done / total) * LINES)
    if (line === this.#lastLine) return
    this.#lastLine = line
    this.#output.note(`${done}/${total}${date}`)
  }

  /** Shows a line for people without breaking the bar. */
  interject(line: string): void {
    this.#output.note(line)
  }

  end(): void {
    this.#output.status(null)
  }
}

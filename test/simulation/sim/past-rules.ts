/**
 * What a strategy that looks back must have seen: the vectors before its signal as the log's rows below it say it
 * (docs/architecture.md#history), whichever process planned, however often it was interrupted.
 */
import type { Attributes } from '../../support/simulated-dynamodb/evaluate.ts'
import type { Finding } from './execution-rules.ts'
import { LOOKS_BACK } from './market-reader.ts'
import type { Scenario } from './scenario.ts'
import { number, text } from './stored.ts'

interface Row {
  readonly position: number
  readonly seq: number
}

export class PastRules {
  /** By symbol, those that came in the order of time. */
  readonly #rows = new Map<string, Row[]>()

  /** A signal is in the log; producers number them in the order of time. */
  wrote(row: Attributes): void {
    const symbol = text(row, 'symbol')
    const known = this.#rows.get(symbol) ?? []
    const seq = number(row, 'seq')
    if (seq > (known.at(-1)?.seq ?? 0)) known.push({ position: number(row, 'position'), seq })
    this.#rows.set(symbol, known)
  }

  judge(decision: Attributes, { looksBack }: Scenario): readonly Finding[] {
    if (!looksBack) return []
    const said = decision['explain']?.L?.[0]?.S ?? 'nothing'
    const [own = ''] = said.split(' ')
    const position = number(decision, 'position')
    const before = (this.#rows.get(text(decision, 'symbol')) ?? []).filter(
      (row) => row.position < position && row.seq < Number(own),
    )
    const past = before.slice(-LOOKS_BACK).map(({ seq }) => seq)
    const expected = `${own} after ${past.join(' ')}`
    return said === expected && past.length === LOOKS_BACK
      ? []
      : [['equal-plans', `its strategy saw ${said}, not ${expected}`]]
  }
}

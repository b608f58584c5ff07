/** What judges signals that are made of bars: what was told of them, and what the log may hold of that. */
import type { Attributes } from '../../support/simulated-dynamodb/evaluate.ts'
import type { Finding } from './execution-rules.ts'

export interface RulesOfBars {
  /** Of the log that holds nothing else. */
  readonly source: string
  /** A row of the source is put. */
  wroteRow(row: Attributes, now: number): readonly Finding[]
  /** What is known of a series' bars is stored beside the log. */
  wroteFold(before: Attributes | null, after: Attributes): readonly Finding[]
  /** At the end, or to see whether it has come. */
  judgeLog(now: number): readonly Finding[]
}

/**
 * The signals that the log owes: those that were sent since it last forgot anything, and those whose messages still
 * waited then. Counting does not tell: a message that became a dead letter before its signal was stored is one signal
 * with the one that is sent again, and a dead letter whose row retention has removed, or a restore has undone, is
 * rightly stored once more when it is given back. What was acknowledged before the log forgot it comes no more.
 */
import type { Attributes } from '../../support/simulated-dynamodb/evaluate.ts'
import type { Finding } from './execution-rules.ts'
import type { SignalLogView } from './signal-log-view.ts'
import { number } from './stored.ts'

export class OwedSignals {
  #owed = new Set<number>()
  /** All that were ever sent; what can be no signal, and is quarantined, is not. */
  readonly #sent = new Set<number>()

  /** By its producer's sequence number; a signal that is sent again keeps its own. */
  sent(body: string): void {
    this.#owed.add(sequenceOf(body))
    this.#sent.add(sequenceOf(body))
  }

  /** The log has lost rows; `waiting`: what may still be delivered, dead letters too. */
  forgotten(waiting: readonly string[]): void {
    this.#owed = new Set(waiting.map(sequenceOf).filter((sequence) => this.#sent.has(sequence)))
  }

  /** Nothing is stored of which no message was left. */
  judgeRow(kind: string, row: Attributes): readonly Finding[] {
    if (kind !== 'signals') return []
    const sequence = number(row, 'seq')
    return this.#owed.has(sequence)
      ? []
      : [['signal-log', `signal ${sequence} was stored and nobody had sent it`]]
  }

  /** At the end: each of them stands in the log, or has stood there since. */
  judgeLog(log: SignalLogView): readonly Finding[] {
    const missing = [...this.#owed].filter((sequence) => !log.has(sequence))
    return missing.length === 0
      ? []
      : [['signal-log', `signals were sent and are not stored: ${missing.join()}`]]
  }
}

function sequenceOf(body: string): number {
  const { seq }: { seq: number } = JSON.parse(body)
  return seq
}

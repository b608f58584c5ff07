/** What a run's thread is given, and what it says to the one that watches it. */
import type { TimedOut } from '../../domain/plan.ts'
import type { ExitCode } from '../terminal/exit-codes.ts'

/** The verbs that ask strategies in a thread of their own. */
export type EngineVerb = 'replay run' | 'backtest'

export interface EngineOrder {
  readonly verb: EngineVerb
  readonly options: Readonly<Record<string, unknown>>
  readonly folder: string
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly stdout: Terminal
  readonly stderr: Terminal
  readonly timedOut: TimedOut
  readonly marker: SharedArrayBuffer
}

/** What colours, widths and progress go by. */
export interface Terminal {
  readonly isTTY: boolean
  readonly columns?: number
}

export type EngineWords =
  /** To be answered when it is written. */
  | { readonly kind: 'stdout'; readonly text: string }
  | { readonly kind: 'stderr'; readonly text: string }
  | { readonly kind: 'strategies'; readonly ids: readonly string[] }
  /** `problem`: the error that ended it, in words. */
  | { readonly kind: 'ended'; readonly exitCode: ExitCode; readonly problem: string | null }

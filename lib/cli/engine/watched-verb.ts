/** A verb in a thread of its own where it may ask plugins of the user's own, and in this one otherwise. */
import type { VerbAction, VerbContext } from '../context.ts'
import type { ExitCode } from '../terminal/exit-codes.ts'
import { listenForInterrupts } from '../terminal/interrupts.ts'
import type { EngineVerb } from './engine-words.ts'
import { watchedRun } from './watched-run.ts'

type Action<Options> = (context: VerbContext, options: Options) => Promise<ExitCode>

/** Of processor time. */
const BUDGET_MS = 10_000

/** @param load imports the verb, where it runs here */
export function watchedVerb<Options extends { readonly plugins?: string }>(
  verb: EngineVerb,
  load: () => Promise<Action<Options>>,
): VerbAction<Options> {
  return async (context, options) => {
    const { engine, output } = context
    // a replay asks plugins of the user's own where it is told to alone; a backtest does by default
    const isApart = verb === 'backtest' || options.plugins !== undefined
    if (engine === undefined || !isApart) return (await load())(context, options)
    const run = { verb, options: { ...options }, budgetMs: BUDGET_MS }
    // a replay keeps nothing and has no steps: Ctrl-C ends it at once
    if (verb === 'replay run') return watchedRun(run, context, engine)
    const { signal, dispose } = listenForInterrupts(output)
    try {
      return await watchedRun({ ...run, stop: signal }, context, engine)
    } finally {
      dispose()
    }
  }
}

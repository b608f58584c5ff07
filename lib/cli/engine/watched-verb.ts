/** A verb in a thread of its own where it asks plugins of the user's own, and in this one otherwise. */
import type { VerbAction, VerbContext } from '../context.ts'
import type { ExitCode } from '../terminal/exit-codes.ts'
import { listenForInterrupts } from '../terminal/interrupts.ts'
import type { EngineVerb } from './engine-words.ts'
import { watchedRun } from './watched-run.ts'

type Action<Options> = (context: VerbContext, options: Options) => Promise<ExitCode>

/** Of processor time. A backtest stops what loops by itself, as a lane does: this is for what that cannot stop. */
const BUDGET_MS: Readonly<Record<EngineVerb, number>> = { 'replay run': 10_000, backtest: 45_000 }

/** @param load imports the verb, where it runs here */
export function watchedVerb<Options extends { readonly plugins?: string }>(
  verb: EngineVerb,
  load: () => Promise<Action<Options>>,
): VerbAction<Options> {
  return async (context, options) => {
    const { engine, output } = context
    if (engine === undefined || options.plugins === undefined) return (await load())(context, options)
    const run = { verb, options: { ...options }, budgetMs: BUDGET_MS[verb] }
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

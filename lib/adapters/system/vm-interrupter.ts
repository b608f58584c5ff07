/**
 * Interrupting by V8: a script that runs under a timeout is stopped by a thread of its own, together with everything
 * that it called (https://nodejs.org/api/vm.html#scriptrunincontextcontextifiedobject-options, `timeout`). Loops and
 * regular expressions are stopped, a blocking call into native code is not.
 */
import { setFlagsFromString } from 'node:v8'
import { createContext, Script, type Context } from 'node:vm'
import type { Interrupter } from '../../ports/interrupter.ts'
import { withoutEffects } from './without-effects.ts'

const TIMED_OUT = 'ERR_SCRIPT_EXECUTION_TIMEOUT'
const BROKEN_OFF = 'ERR_SCRIPT_EXECUTION_INTERRUPTED'

/** @param heardHere whether Ctrl-C is heard while the work runs: its listeners are called, and the work begins again */
export function vmInterrupter({ heardHere = false } = {}): Interrupter {
  // Node 24's compiler unrolls loops, and one in 29 of those that it unrolled was never interrupted
  if (Number.parseInt(process.versions.node, 10) >= 24) setFlagsFromString('--no-turboshaft-loop-unrolling')
  let compiled: { readonly script: Script; readonly context: Context } | null = null
  return {
    run: (work, limitMs) => {
      compiled ??= { script: new Script('call()'), context: createContext({ call: () => {} }) }
      const { script, context } = compiled
      let result: { readonly value: ReturnType<typeof work> } | null = null
      context['call'] = () => {
        result = { value: work() }
      }
      try {
        untilUnheard(() => {
          const timeout = Math.max(1, Math.floor(limitMs))
          script.runInContext(context, { timeout, breakOnSigint: heardHere })
        })
      } catch (error) {
        if (hasCode(error, TIMED_OUT)) return { kind: 'interrupted' }
        throw error
      } finally {
        context['call'] = () => {}
      }
      if (result === null) throw new Error('the work was not run')
      return { kind: 'done', value: (result as { readonly value: ReturnType<typeof work> }).value }
    },
  }
}

/** Node keeps Ctrl-C from its listeners while such a script runs. */
function untilUnheard(run: () => void): void {
  for (;;) {
    try {
      withoutEffects(run)
      return
    } catch (error) {
      if (!hasCode(error, BROKEN_OFF)) throw error
      process.emit('SIGINT', 'SIGINT')
    }
  }
}

/** It may be of the context's own realm, and no `Error` of ours. */
function hasCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code
}

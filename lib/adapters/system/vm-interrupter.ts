/**
 * Interrupting by V8: a script that runs under a timeout is stopped by a thread of its own, together with everything
 * that it called (https://nodejs.org/api/vm.html#scriptrunincontextcontextifiedobject-options, `timeout`). Loops and
 * regular expressions are stopped, a blocking call into native code is not.
 */
import { setFlagsFromString } from 'node:v8'
import { createContext, Script, type Context } from 'node:vm'
import type { Interrupter } from '../../ports/interrupter.ts'

const INTERRUPTED = 'ERR_SCRIPT_EXECUTION_TIMEOUT'

export function vmInterrupter(): Interrupter {
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
        script.runInContext(context, { timeout: Math.max(1, Math.floor(limitMs)) })
      } catch (error) {
        if (isInterruption(error)) return { kind: 'interrupted' }
        throw error
      } finally {
        context['call'] = () => {}
      }
      if (result === null) throw new Error('the work was not run')
      return { kind: 'done', value: (result as { readonly value: ReturnType<typeof work> }).value }
    },
  }
}

/** It may be of the context's own realm, and no `Error` of ours. */
function isInterruption(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === INTERRUPTED
}

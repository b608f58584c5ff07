/**
 * For a thread that somebody watches (`lib/cli/engine`): what does not come back is ended from there, together with the thread,
 * so that nothing need be paid for in each plan. What a plugin may not do fails here as under any other.
 */
import type { Interrupter } from '../../ports/interrupter.ts'
import { withoutEffects } from './without-effects.ts'

export const watchedInterrupter: Interrupter = {
  run: (work) => ({ kind: 'done', value: withoutEffects(work) }),
}

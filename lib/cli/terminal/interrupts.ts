/** Ctrl-C during long work. */
import { EXIT } from './exit-codes.ts'
import type { Output } from './output.ts'

export interface Interrupts {
  /** Aborted when the work is to stop. */
  readonly signal: AbortSignal
  readonly dispose: () => void
}

/** The first Ctrl-C stops after the present step, the second one at once. */
export function listenForInterrupts(output: Output): Interrupts {
  const controller = new AbortController()
  const stop = () => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted)
    controller.abort()
    output.note('\nStopping after this step. Press Ctrl-C again to stop at once.')
  }
  process.on('SIGINT', stop).on('SIGTERM', stop)
  return {
    signal: controller.signal,
    dispose: () => process.off('SIGINT', stop).off('SIGTERM', stop),
  }
}

/**
 * A verb that asks plugins, inside a thread of its own (docs/architecture.md#plugins): a plugin that ends the thread, takes all of
 * its memory or does not come back leaves the thread that watches it as it is.
 */
import { Writable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import type { MessagePort } from 'node:worker_threads'
import { markingWatch } from '../../adapters/system/asked-marker.ts'
import { RememberedWork } from '../../adapters/system/stray-work.ts'
import { localTelemetry } from '../../local/local-telemetry.ts'
import { describeThrown } from '../../strategy/thrown.ts'
import type { VerbContext } from '../context.ts'
import { describeError, EXIT, exitCodeOf, type ExitCode } from '../terminal/exit-codes.ts'
import { Output, OutputClosed } from '../terminal/output.ts'
import type { EngineOrder, EngineVerb, EngineWords, Terminal } from './engine-words.ts'

type Action = (context: VerbContext, options: never) => Promise<ExitCode>

const ACTIONS: Readonly<Record<EngineVerb, () => Promise<Action>>> = {
  'replay run': async () => (await import('../verbs/replay-run.ts')).replayRun,
  backtest: async () => (await import('../verbs/backtest.ts')).runBacktest,
}

/** Runs the verb to its end, and says so. Never throws. */
export async function runEngine(order: EngineOrder, port: MessagePort): Promise<void> {
  const say = (words: EngineWords) => port.postMessage(words)
  const { folder, environment, options, marker, timedOut } = order
  const streams = toldStreams(order, port)
  const output = new Output(streams, environment)
  const watch = markingWatch(marker, timedOut, (ids) => say({ kind: 'strategies', ids }))
  const strayWork = new RememberedWork()
  // of no strategy: left when the module was loaded
  process.on('unhandledRejection', (reason) => {
    const { message, place } = describeThrown(reason)
    output.note(`a plugin left a promise that was rejected: ${message}${place === null ? '' : `, ${place}`}`)
  })
  // nobody waits for what a plugin leaves behind; it is said, and costs the run nothing
  strayWork.listen(localTelemetry((line) => output.note(line)))
  try {
    const prepared = strayWork.remembering
    const action = await ACTIONS[order.verb]()
    const exitCode = await action({ folder, environment, output, watch, prepared }, options as never)
    // what was left for the next turn is heard
    await setImmediate()
    await output.flush()
    say({ kind: 'ended', exitCode, problem: null })
  } catch (error) {
    if (error instanceof OutputClosed) return say({ kind: 'ended', exitCode: EXIT.ok, problem: null })
    const problem = describeError(error, environment['TORGHUT_DEBUG'] === '1')
    say({ kind: 'ended', exitCode: exitCodeOf(error), problem })
  }
}

/** Results wait until the other thread has written them; what people read does not. */
function toldStreams({ stdout, stderr }: EngineOrder, port: MessagePort) {
  let written: (() => void) | null = null
  port.on('message', () => {
    const done = written
    written = null
    done?.()
  })
  const told = (terminal: Terminal, tell: (text: string, done: () => void) => void) =>
    Object.assign(
      new Writable({ decodeStrings: false, write: (text: string, _encoding, done) => tell(text, done) }),
      terminal,
    )
  return {
    stdout: told(stdout, (text, done) => {
      written = done
      port.postMessage({ kind: 'stdout', text } satisfies EngineWords)
    }),
    stderr: told(stderr, (text, done) => {
      port.postMessage({ kind: 'stderr', text } satisfies EngineWords)
      done()
    }),
  }
}

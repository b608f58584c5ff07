/**
 * Runs a verb in a thread of its own and watches it: Ctrl-C is always heard, and a plugin that does not come back, ends the thread
 * or takes all of its memory is named, and the run begins again without it from that signal on (docs/architecture.md#plugins).
 *
 * Invariants: what was printed is not printed again, since a run that begins again prints the same up to there; time is
 * counted as processor time, so that no load of the machine blames an honest plugin.
 */
import { totalmem } from 'node:os'
import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { Worker } from 'node:worker_threads'
import { MarkerReader, newMarker, type Asked } from '../../adapters/system/asked-marker.ts'
import type { VerbContext } from '../context.ts'
import { EXIT, type ExitCode } from '../terminal/exit-codes.ts'
import type { EngineOrder, EngineVerb, EngineWords } from './engine-words.ts'
import { isHung } from './hanging.ts'
import { Shown } from './shown.ts'

export interface WatchedRun {
  readonly verb: EngineVerb
  readonly options: Readonly<Record<string, unknown>>
  /** Of processor time, for one question. */
  readonly budgetMs: number
  /** Aborted when the run is to end after its present step; without it nothing asks for that. */
  readonly stop?: AbortSignal
}

type Attempt =
  | { readonly kind: 'ended'; readonly exitCode: ExitCode; readonly problem: string | null }
  /** `culprit`: who was asked then; null: nobody was. */
  | { readonly kind: 'lost'; readonly why: string; readonly culprit: Asked | null }

const LOOK_EVERY_MS = 100
const MEGABYTE = 2 ** 20
/** A run of a million bars holds some 100 MB: it takes 110 MB less so than as V8 has it, and no more time that could be measured. */
export const HEAP_GROWTH_PERCENT = 25

export async function watchedRun(run: WatchedRun, context: VerbContext, engine: URL): Promise<ExitCode> {
  // Node 24's compiler unrolls loops, and one in 29 of those that it unrolled was never ended
  if (Number.parseInt(process.versions.node, 10) >= 24) setFlagsFromString('--no-turboshaft-loop-unrolling')
  // where the machine has much memory, V8 lets a heap grow to four times what it holds before it collects
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWTH_PERCENT}`)
  const timedOut: Record<string, number> = {}
  const shown = new Shown(context.output)
  for (;;) {
    const attempt = await attempted(run, context, engine, timedOut, shown)
    if (attempt.kind === 'ended') {
      if (attempt.problem !== null) context.output.note(attempt.problem)
      return attempt.exitCode
    }
    const { why, culprit } = attempt
    if (culprit === null) {
      context.output.note(`error: the run ${why}, and no strategy was being asked`)
      return EXIT.negative
    }
    const { strategyId, position } = culprit
    context.output.note(
      `strategy ${strategyId} ${why} at signal ${position}: the run begins again, without it from there on`,
    )
    timedOut[strategyId] = position
    shown.beginAgain()
  }
}

async function attempted(
  { verb, options, budgetMs, stop }: WatchedRun,
  { folder, environment, output }: VerbContext,
  engine: URL,
  timedOut: EngineOrder['timedOut'],
  shown: Shown,
): Promise<Attempt> {
  const marker = newMarker()
  const reader = new MarkerReader(marker)
  const { stdout, stderr } = output.terminals
  const order: EngineOrder = { verb, options, folder, environment, stdout, stderr, timedOut, marker }
  const worker = new Worker(engine, {
    workerData: order,
    resourceLimits: { maxOldGenerationSizeMb: memoryLimit() },
  })
  const onStop = () => reader.stop()
  stop?.addEventListener('abort', onStop)
  let why: string | null = null
  const hung = isHung(reader, budgetMs)
  const looking = setInterval(() => {
    if (!hung()) return
    clearInterval(looking)
    why = 'did not come back'
    void worker.terminate()
  }, LOOK_EVERY_MS)
  try {
    return await new Promise<Attempt>((done, failed) => {
      worker.on('message', (words: EngineWords) => {
        if (words.kind === 'ended') done(words)
        else if (words.kind === 'strategies') reader.introduced(words.ids)
        else if (words.kind === 'stderr') shown.note(words.text)
        else shown.result(words.text).then(() => worker.postMessage('written', []), failed)
      })
      worker.on('error', (error: NodeJS.ErrnoException) => {
        why ??= error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'took all memory' : `failed: ${String(error)}`
      })
      worker.on('exit', (code) =>
        done({ kind: 'lost', why: why ?? `ended the process (code ${code})`, culprit: reader.asked() }),
      )
    })
  } finally {
    clearInterval(looking)
    stop?.removeEventListener('abort', onStop)
    void worker.terminate()
  }
}

/** What the process itself may take, and not more than half of the machine's. */
function memoryLimit(): number {
  return Math.floor(Math.min(getHeapStatistics().heap_size_limit, totalmem() / 2) / MEGABYTE)
}

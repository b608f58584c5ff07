/** `torghut signals push FILE`: sends a file's signals to a stage's signal queue. */
import type { Signal } from '../../domain/signal.ts'
import { UnavailableError } from '../../domain/errors.ts'
import { collect } from '../../domain/collect.ts'
import { withoutRepeats } from '../../strategy/without-repeats.ts'
import { pushMessages, shiftToEndAt, signalMessages } from '../../operations/push-signals.ts'
import { readSignals } from '../../formats/signal-codec.ts'
import { parseBars } from '../../market/bars.ts'
import { signalsFromBars } from '../../market/indicators.ts'
import type { CliContext } from '../context.ts'
import { EXIT, type ExitCode } from '../terminal/exit-codes.ts'
import { readLines, readTextFile } from '../terminal/input-file.ts'
import { openChosenDeployment, type StageOption } from '../target.ts'

interface PushOptions extends StageOption {
  readonly now?: true
  readonly bars?: true
}

export async function pushSignals(context: CliContext, options: PushOptions, file = ''): Promise<ExitCode> {
  const { output } = context
  const deployment = await openChosenDeployment(context, options)
  const read = options.bars === true ? await signalsOfBars(file, context) : await signalsOf(file, context)
  const once = withoutRepeats(read)
  if (once.length < read.length)
    output.note(`Counted once: ${read.length - once.length} signals that the file repeats.`)
  const signals = options.now === true ? shiftToEndAt(once, deployment.clock.now()) : once
  const messages = signalMessages(signals)
  const queue = await deployment.queues.sender('signals')
  const outcome = await pushMessages(messages, queue, (pushed) => {
    if (output.isWatched) output.note(`${pushed} of ${signals.length} signals`)
  })
  if (outcome.kind === 'stopped') {
    throw new UnavailableError(
      `the queue took ${outcome.signals} of ${signals.length} signals, then refused`,
      {
        advice:
          options.now === true
            ? 'Push the rest without --now, or the whole file again: its shifted times make new signals.'
            : 'Push the file again: signals that are stored already are recognised.',
      },
    )
  }
  const { signals: pushed, messages: sent } = outcome
  if (options.json) await output.printJson({ stage: deployment.stage, signals: pushed, messages: sent })
  else await output.print(`${pushed} signals in ${sent} messages to ${deployment.names.queue('signals')}`)
  return EXIT.ok
}

async function signalsOf(file: string, { folder }: CliContext): Promise<readonly Signal[]> {
  return collect(readSignals(readLines(file, folder), file))
}

async function signalsOfBars(file: string, { folder }: CliContext): Promise<readonly Signal[]> {
  return signalsFromBars(parseBars(await readTextFile(file, folder), file))
}

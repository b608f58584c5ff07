/** `torghut signals push FILE`: sends a file's signals to a stage's signal queue. */
import type { Signal } from '../../domain/signal.ts'
import { ConfigurationError, UnavailableError } from '../../domain/errors.ts'
import type { Settings } from '../../domain/settings.ts'
import { plusSeconds } from '../../domain/time.ts'
import { parseSettings } from '../../flags/parse-settings.ts'
import { collect } from '../../domain/collect.ts'
import { type Deployment, readFleet } from '../../operations/deployment.ts'
import { withoutRepeats } from '../../strategy/without-repeats.ts'
import { pushMessages, shiftToEndAt, signalMessages } from '../../operations/push-signals.ts'
import { readSignals } from '../../formats/signal-codec.ts'
import { createCalendar } from '../../market/calendar/create-calendar.ts'
import { signalsFromBars } from '../../market/indicators.ts'
import type { BarsReadingOptions } from '../bars-options.ts'
import { noteSkippedRows, readChosenBars } from '../read-chosen-bars.ts'
import type { CliContext } from '../context.ts'
import { EXIT, type ExitCode } from '../terminal/exit-codes.ts'
import { readLines } from '../terminal/input-file.ts'
import type { Output } from '../terminal/output.ts'
import { openChosenDeployment, type StageOption } from '../target.ts'

interface PushOptions extends StageOption, BarsReadingOptions {
  readonly now?: true
  readonly bars?: true
}

export async function pushSignals(context: CliContext, options: PushOptions, file = ''): Promise<ExitCode> {
  const { output } = context
  const deployment = await openChosenDeployment(context, options)
  const read =
    options.bars === true
      ? await signalsOfBars(file, context, options, deployment)
      : await signalsOf(file, context)
  const once = withoutRepeats(read)
  if (once.length < read.length)
    output.note(`Counted once: ${read.length - once.length} signals that the file repeats.`)
  const signals = options.now === true ? shiftToEndAt(once, deployment.clock.now()) : once
  await warnOfAge(signals, deployment, output)
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

/** Lanes order nothing for signals that are old when they come to them. */
async function warnOfAge(signals: readonly Signal[], deployment: Deployment, output: Output): Promise<void> {
  const { signalMaxAgeSeconds: most } = await maxAgeOf(deployment)
  const oldest = plusSeconds(deployment.clock.now(), -most)
  const old = signals.filter(({ eventTs }) => eventTs < oldest).length
  if (old === 0) return
  const age = `older than ${most} s (TRADING_SIGNAL_MAX_AGE_SECONDS)`
  output.note(
    `warning: ${old} of ${signals.length} signals are ${age}: nothing is ordered for them. --now shifts them.`,
  )
}

/** Of the flags, or by default where those cannot be used: that is not what this verb is about. */
async function maxAgeOf(deployment: Deployment): Promise<Pick<Settings, 'signalMaxAgeSeconds'>> {
  try {
    return (await readFleet(deployment)).settings
  } catch (error) {
    if (error instanceof ConfigurationError) return parseSettings({})
    throw error
  }
}

async function signalsOf(file: string, { folder }: CliContext): Promise<readonly Signal[]> {
  return collect(readSignals(readLines(file, folder), file))
}

/**
 * Bars end as the stage's calendar says, and carry what the deployed module's indicators say, so that a bar is the same
 * signal whoever made it.
 */
async function signalsOfBars(
  path: string,
  { folder, output, deployedIndicators }: CliContext,
  options: BarsReadingOptions,
  deployment: Deployment,
): Promise<readonly Signal[]> {
  const { bars } = await readChosenBars([path], folder, options)
  const { settings } = await readFleet(deployment)
  const calendar = createCalendar(settings.calendar)
  const { signals, skipped } = signalsFromBars(bars, calendar, await deployedIndicators())
  noteSkippedRows(skipped, output)
  return signals
}

/** `torghut dev`: the whole system on this machine, over real prices, against the paper exchange. */
import { join } from 'node:path'
import { version } from '../../../package.json'
import { formatInstant } from '../../domain/time.ts'
import { type DevRunResult, devRun } from '../../local/dev-run.ts'
import type { RunInputs } from '../../local/run-inputs.ts'
import type { Progress } from '../../local/walk.ts'
import { localTelemetry } from '../../local/local-telemetry.ts'
import { RememberedWork } from '../../adapters/system/stray-work.ts'
import { readFlagsFile } from '../../adapters/files/flags-file.ts'
import { STATE_FOLDER, statePaths } from '../../local/state-folder.ts'
import { embeddedStorageFault } from '../../local/embedded-dynamodb.ts'
import { noteCoverage, noteSilent } from '../terminal/coverage-notes.ts'
import { strategiesOf, tellFinished } from '../terminal/finished-run.ts'
import type { CliContext } from '../context.ts'
import { killSwitchLine, noteSkipped, readRunInputs, type RunOptions } from '../run-options.ts'
import { costsInWords, NO_COSTS } from '../../exchange/costs.ts'
import { optionalReportWriter } from '../report-file.ts'
import { EXIT, describeError, exitCodeOf, type ExitCode } from '../terminal/exit-codes.ts'
import type { Output } from '../terminal/output.ts'
import { listenForInterrupts } from '../terminal/interrupts.ts'
import { ProgressLine } from '../terminal/progress-line.ts'

interface DevOptions extends RunOptions {
  readonly fresh?: true
}

interface Disposable {
  readonly dispose: () => void
}

export async function runDev(
  context: CliContext,
  options: DevOptions & { readonly json?: true },
): Promise<ExitCode> {
  const { output, folder } = context
  const strayWork = new RememberedWork()
  const prepared = { ...context, prepared: strayWork.remembering }
  const inputs = await readRunInputs(prepared, options, await readFlagsFile(statePaths(folder).flags))
  noteSkipped(inputs, output)
  const report = await optionalReportWriter(
    { title: 'Torghut run', terms: costsInWords(NO_COSTS) },
    statePaths(folder).report,
    (line) => output.note(line),
  )
  const progress = new ProgressLine(output)
  const interrupt = listenForInterrupts(output)
  const telemetry = localTelemetry((line) => progress.interject(line))
  const lastResort = catchStorageFaults(context)
  // what a plugin leaves behind is said, and costs the run nothing: when it fails hangs on the machine, and so may no digest
  const unlisten = strayWork.listen(telemetry)
  try {
    const result = await devRun({
      inputs,
      workingFolder: folder,
      fresh: options.fresh === true,
      stop: interrupt.signal,
      onProgress: (state) => progress.show(state),
      onKillSwitch: (state) => progress.interject(killSwitchLine(state)),
      telemetry,
      codeVersion: version,
      strayWork,
      report,
    })
    progress.end()
    const exitCode = await tell(result, inputs, output, {
      json: options.json === true,
      isReported: report !== null,
    })
    noteCoverage(inputs.warnings, output)
    if (result.kind === 'finished') noteSilent(inputs, strategiesOf(result), output)
    return exitCode
  } finally {
    progress.end()
    interrupt.dispose()
    unlisten()
    lastResort.dispose()
  }
}

/** The embedded database throws some faults of the disk from its callbacks, where nobody can catch them. */
function catchStorageFaults({ output, folder, environment }: CliContext): Disposable {
  const fail = (error: unknown) => {
    const fault = embeddedStorageFault(error, statePaths(folder).database) ?? error
    output.status(null)
    output.note(describeError(fault, environment['TORGHUT_DEBUG'] === '1'))
    process.exit(exitCodeOf(fault))
  }
  process.on('uncaughtException', fail)
  return { dispose: () => process.off('uncaughtException', fail) }
}

async function tell(
  result: DevRunResult,
  { warnings }: RunInputs,
  output: Output,
  { json, isReported }: { readonly json: boolean; readonly isReported: boolean },
): Promise<ExitCode> {
  if (result.kind === 'stopped') {
    if (json) await output.printJson({ finished: false, ...inJson(result.progress) })
    output.note(`Stopped after ${inWords(result.progress)}. Start again with the same options to go on.`)
    return EXIT.interrupted
  }
  await tellFinished(result, warnings, output, json, [
    ...(isReported ? [`Report: ${join(STATE_FOLDER, 'report.html')}, for a browser.`] : []),
    'Next: npx torghut decisions, npx torghut explain ID, npx torghut backtest --report out.html',
  ])
  return EXIT.ok
}

function inJson({ done, total, tickAt }: Progress) {
  return { steps_done: done, steps: total, tick_at: tickAt === null ? null : formatInstant(tickAt) }
}

function inWords({ done, total, tickAt }: Progress): string {
  return `step ${done} of ${total}${tickAt === null ? '' : ` (${formatInstant(tickAt).slice(0, 10)})`}`
}

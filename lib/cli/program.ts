/** The program `torghut`: every verb registered, and one place where a run's errors become exit codes. */
import { CommanderError, type Command } from 'commander'
import { version } from '../../package.json'
import { ProgramCommand } from './command.ts'
import type { CliContext } from './context.ts'
import { EXIT, describeError, exitCodeOf, type ExitCode } from './terminal/exit-codes.ts'
import { OutputClosed, type Output } from './terminal/output.ts'
import { explainUnreachable } from './target.ts'
import { registerFlags, registerKill, registerRollout } from './verbs/register-flags.ts'
import {
  registerBacktest,
  registerDecisions,
  registerDev,
  registerExchange,
  registerExplain,
  registerOrderFeedInspect,
  registerReplayRun,
  registerRerun,
  registerStrategiesValidate,
} from './verbs/register-local.ts'
import {
  registerAccounts,
  registerCanary,
  registerImport,
  registerMigrate,
  registerRollback,
} from './verbs/register-accounts.ts'
import { registerDataDownload, registerDataGaps } from './verbs/register-data.ts'
import {
  registerForward,
  registerOrders,
  registerPositions,
  registerStream,
} from './verbs/register-orders.ts'
import {
  registerDeployCheck,
  registerDlq,
  registerDoctor,
  registerLane,
  registerLogs,
  registerReport,
  registerSignalsPush,
  registerStatus,
  registerStrategiesCatalog,
  registerTick,
} from './verbs/register-stage.ts'
import { verbRunner, type Outcome, type VerbRegistrar } from './verb.ts'

/** In the order of `torghut --help`. A new verb adds its registrar here. */
const VERBS: readonly VerbRegistrar[] = [
  registerDev,
  registerBacktest,
  registerExchange,
  registerDataDownload,
  registerDataGaps,
  registerDecisions,
  registerExplain,
  registerRerun,
  registerReport,
  registerReplayRun,
  registerOrderFeedInspect,
  registerStrategiesValidate,
  registerKill,
  registerFlags,
  registerStrategiesCatalog,
  registerAccounts,
  registerMigrate,
  registerImport,
  registerCanary,
  registerSignalsPush,
  registerForward,
  registerStream,
  registerTick,
  registerLogs,
  registerDlq,
  registerStatus,
  registerDoctor,
  registerDeployCheck,
  registerRollout,
  registerRollback,
  registerLane,
  registerOrders,
  registerPositions,
]

/**
 * Runs one command line (without node and script) and gives the exit code. Never throws: every error ends
 * as one message on stderr.
 */
export async function runCli(words: readonly string[], context: CliContext): Promise<ExitCode> {
  const outcome: Outcome = { exitCode: EXIT.ok }
  const { output, environment } = context
  try {
    await createProgram(context, outcome).parseAsync([...words], { from: 'user' })
    await output.flush()
    return outcome.exitCode
  } catch (fault) {
    const error = explainUnreachable(fault, context)
    if (error instanceof OutputClosed) return EXIT.ok
    // commander has written its message, or the help that was asked for
    if (error instanceof CommanderError) return await afterCommander(error, output)
    output.note(describeError(error, environment['TORGHUT_DEBUG'] === '1'))
    return exitCodeOf(error)
  }
}

async function afterCommander({ exitCode }: CommanderError, output: Output): Promise<ExitCode> {
  await output.flush().catch(() => undefined)
  return exitCode === 0 ? EXIT.ok : EXIT.usage
}

function createProgram(context: CliContext, outcome: Outcome): Command {
  const program = new ProgramCommand('torghut')
    .description('Trading strategies as serverless functions')
    .version(version)
    .exitOverride()
    .showHelpAfterError('Run the command with --help for its options and examples.')
    .configureOutput({
      writeOut: (text) => context.output.queue(text),
      writeErr: (text) => context.output.note(text.trimEnd()),
    })
  const run = verbRunner(context, outcome)
  for (const register of VERBS) register(program, run)
  return program
}

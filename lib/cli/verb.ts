/**
 * How verbs are declared. Registrars (`verbs/register-*.ts`) say what a verb is called and takes; its code is one
 * module beside them, which its registrar imports when the verb runs, so that `torghut --help` loads none of it.
 */
import { InvalidArgumentError, type Command } from 'commander'
import { asEpochMs, parseInstant, type EpochMs } from '../domain/time.ts'
import { didYouMean } from '../domain/did-you-mean.ts'
import type { FlagKind } from '../flags/kinds.ts'
import type { CliContext, VerbAction } from './context.ts'
import { EXIT, type ExitCode } from './terminal/exit-codes.ts'

const STAGE =
  'the stage to work on in AWS (or in the emulator that AWS_ENDPOINT_URL names); default: TORGHUT_STAGE'

/** Where a run's exit code is kept until the process ends. */
export interface Outcome {
  exitCode: ExitCode
}

/** Adds a verb's commands to the program. */
export type VerbRegistrar = (program: Command, run: VerbRunner) => void

/** Binds an action to a command: `load` imports the module that has it. */
export type VerbRunner = <Options>(command: Command, load: () => Promise<VerbAction<Options>>) => void

export interface VerbHelp {
  readonly description: string
  /** Complete command lines. */
  readonly examples: readonly string[]
  /** Runs when the group is called without a verb. */
  readonly isDefault?: boolean
}

/** Declares a verb; `usage` is its name and arguments (`set <name> <value>`). Every verb takes `--json`. */
export function addVerb(parent: Command, usage: string, help: VerbHelp): Command {
  const { description, examples, isDefault = false } = help
  return parent
    .command(usage, { isDefault })
    .description(description)
    .option('--json', 'print the result as JSON')
    .allowExcessArguments(false)
    .addHelpText('after', ['', 'Examples:', ...examples.map((example) => `  $ ${example}`)].join('\n'))
}

/** A group of verbs, such as `replay`, made when its first verb is registered. */
export function verbGroup(program: Command, name: string, description: string): Command {
  return (
    program.commands.find((command) => command.name() === name) ??
    program.command(name).description(description)
  )
}

/** For verbs that work on both; gives the command back. */
export function takesStage(command: Command): Command {
  return command.option('--stage <name>', `${STAGE}; without either, the local runtime`)
}

/** For verbs that work on a deployed stage only. */
export function needsStage(command: Command): Command {
  return command.option('--stage <name>', STAGE)
}

/** Makes the runner for a context: it awaits the action and keeps its exit code. */
export function verbRunner(context: CliContext, outcome: Outcome): VerbRunner {
  return <Options>(command: Command, load: () => Promise<VerbAction<Options>>) => {
    command.action(async () => {
      // every option was declared by the verb itself, whose Options say what it declared
      const options = command.opts<Options & { readonly json?: true }>()
      outcome.exitCode = EXIT.ok
      const action = await load()
      outcome.exitCode = await action(context, options, ...(command.processedArgs as string[]))
    })
  }
}

/** A parser for commander that reads an option as a flag's kind does. */
export function optionOf<Value>(kind: FlagKind<Value>): (text: string) => Value {
  return (text) => {
    const parsed = kind.parse(text)
    if (parsed !== null) return parsed.value
    const hint = didYouMean(text, kind.choices)
    throw new InvalidArgumentError(
      `Allowed: ${kind.allowed}.${hint === undefined ? '' : ` Did you mean ${hint}?`}`,
    )
  }
}

/** The instant that `--since` names, seen from `now`. */
export type Since = (now: EpochMs) => EpochMs

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** A parser for commander: how long ago (`15m`, `2h`, `3d`), or an instant. */
export function parseSince(text: string): Since {
  const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  if (count !== undefined) return (now) => asEpochMs(now - Number(count) * (UNITS[unit] ?? 0))
  const at = parseInstant(text)
  if (at === null)
    throw new InvalidArgumentError('Allowed: 90s, 15m, 2h, 3d, or an ISO-8601 time with a zone.')
  return () => at
}

/** A parser for commander: an instant. */
export function parseTime(text: string): EpochMs {
  const at = parseInstant(text)
  if (at === null) throw new InvalidArgumentError('Allowed: an ISO-8601 time with a zone.')
  return at
}

/** A parser for commander that keeps every text of an option which may be given again and again. */
export function again(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text]
}

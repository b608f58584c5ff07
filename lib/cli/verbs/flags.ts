/** `torghut flags list`: what every flag is and where that comes from. */
import { ConfigurationError } from '../../domain/errors.ts'
import { didYouMean } from '../../domain/did-you-mean.ts'
import { parseSettings } from '../../flags/parse-settings.ts'
import { describeFound, violation } from '../../formats/violations.ts'
import type { CliContext } from '../context.ts'
import { EXIT, type ExitCode } from '../terminal/exit-codes.ts'
import { flagTarget, type StageOption } from '../target.ts'
import { flagRows, readLayers, resolveLayers, type FlagRow } from './flag-layers.ts'

/** A longer value (a registry) is cut in the table of all, where nobody asked for it by name. */
const MAX_SHOWN = 40

export async function listFlags(
  context: CliContext,
  options: StageOption,
  ...names: readonly string[]
): Promise<ExitCode> {
  const wanted = names.flat()
  const { output } = context
  const target = await flagTarget(context, options)
  const layers = await readLayers(target)
  const rows = flagRows(layers)
  refuseUnknown(wanted, rows)
  const shown = wanted.length === 0 ? rows : rows.filter(({ name }) => wanted.includes(name))
  if (options.json) await output.printJson(shown)
  else {
    const valueOf = ({ value }: FlagRow) => (wanted.length === 0 ? shortened(value) : value)
    const cells = shown.map((row) => [row.name, valueOf(row), row.source, row.default])
    await output.printTable(['flag', 'value', 'from', 'default'], cells)
    const [only] = shown
    if (wanted.length === 1 && only) await output.print(`\n${only.description}\nAllowed: ${only.allowed}`)
  }
  parseSettings(resolveLayers(layers), (name) => (name in layers.stored ? `${layers.place} ${name}` : name))
  return EXIT.ok
}

function shortened(value: string): string {
  return value.length > MAX_SHOWN ? `${value.slice(0, MAX_SHOWN)}...` : value
}

function refuseUnknown(wanted: readonly string[], rows: readonly FlagRow[]): void {
  const known = rows.map(({ name }) => name)
  const violations = wanted
    .filter((name) => !known.includes(name))
    .map((name) =>
      violation(
        'torghut flags',
        describeFound(name),
        'list, set, unset, plan, or the name of a flag',
        didYouMean(name, ['list', 'set', 'unset', 'plan', ...known]),
      ),
    )
  if (violations.length > 0) {
    throw new ConfigurationError('The command line', violations, { advice: 'Run `torghut flags --help`.' })
  }
}

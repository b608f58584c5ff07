/** `torghut flags list|set`: what every flag is and where that comes from, and changing one. */
import { ConfigurationError } from '../domain/errors.ts'
import { accountLabel } from '../domain/account-label.ts'
import { didYouMean } from '../config/did-you-mean.ts'
import { FALLBACK_LEGACY, KILL_SWITCH } from '../config/flag-definitions.ts'
import { parseSettings } from '../config/parse-settings.ts'
import { checkOverlayFlag } from '../config/resolve-flags.ts'
import { describeFound, violation } from '../config/violations.ts'
import type { CliContext } from './context.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { flagRows, readLayers, resolveLayers, type FlagRow, type Layers } from './flag-layers.ts'
import { defaultLabel } from './kill.ts'
import { renderTable } from './output.ts'
import { confirmLabel } from './prompt.ts'
import { addVerb, verbGroup, type VerbRegistrar } from './verb.ts'

/** A longer value (a registry) is cut in the table, not in JSON. */
const MAX_SHOWN = 40

interface SetOptions {
  readonly confirm?: string
  readonly json?: true
}

export const registerFlags: VerbRegistrar = (program, run) => {
  const group = verbGroup(program, 'flags', 'the flags and settings of the runtime')
  const list = addVerb(group, 'list [names...]', {
    description: 'list flags: value, where it comes from, default',
    examples: ['torghut flags', 'torghut flags list TRADING_MODE --json'],
    isDefault: true,
  })
  const set = addVerb(group, 'set <name> <value>', {
    description: 'change a flag; switching the kill switch or the legacy fallback off wants the label typed',
    examples: [
      'torghut flags set TRADING_STRATEGY_RUNTIME_MODE plugin_v3',
      `torghut flags set ${FALLBACK_LEGACY} false --confirm paper`,
    ],
  }).option('--confirm <label>', 'the account label, typed in advance')
  run(list, listFlags)
  run<SetOptions>(set, setFlag)
}

async function listFlags(
  context: CliContext,
  { json }: { readonly json?: true },
  ...names: readonly string[]
): Promise<ExitCode> {
  const wanted = names.flat()
  const { output } = context
  const layers = await readLayers(context)
  const rows = flagRows(layers)
  refuseUnknown(wanted, rows)
  const shown = wanted.length === 0 ? rows : rows.filter(({ name }) => wanted.includes(name))
  if (json) await output.printJson(shown)
  else {
    const cells = shown.map((row) => [row.name, shortened(row.value), row.source, row.default])
    await output.print(renderTable(['flag', 'value', 'from', 'default'], cells, output.colors))
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
        'list, set, or the name of a flag',
        didYouMean(name, ['list', 'set', ...known]),
      ),
    )
  if (violations.length > 0) {
    throw new ConfigurationError('The command line', violations, { advice: 'Run `torghut flags --help`.' })
  }
}

async function setFlag(
  context: CliContext,
  { confirm, json }: SetOptions,
  name = '',
  value = '',
): Promise<ExitCode> {
  const { output } = context
  const violations = checkOverlayFlag(name, value)
  if (violations.length > 0) {
    throw new ConfigurationError('The flag', violations, { advice: '`torghut flags` lists all of them.' })
  }
  const { store } = await context.openFlags()
  if (isGated(name, value)) {
    const [, ofAccount] = /^accounts\/([^/]+)\//.exec(name) ?? []
    const label = ofAccount === undefined ? await defaultLabel(context) : accountLabel(ofAccount)
    await confirmLabel(context, `This sets ${name} to ${value}.`, label, confirm)
  }
  const switchesOn = value === 'true' && name.endsWith(KILL_SWITCH)
  if (!switchesOn) refuseContradiction(await readLayers(context), name, value)
  const { before } = await store.write(name, value)
  if (json) await output.printJson({ name, before, after: value })
  else await output.print(`${name}: ${before ?? 'not set'} -> ${value}`)
  return EXIT.ok
}

/** Turning a protection off wants a confirmation (design section 6, "Command line"). */
function isGated(name: string, value: string): boolean {
  return value !== 'true' && (name === FALLBACK_LEGACY || name.endsWith(KILL_SWITCH))
}

/** A value that is allowed by itself may contradict others; what was wrong before is no reason to refuse. */
function refuseContradiction(layers: Layers, name: string, value: string): void {
  try {
    parseSettings(resolveLayers(layers))
  } catch {
    return
  }
  parseSettings(resolveLayers({ ...layers, stored: { ...layers.stored, [name]: value } }))
}

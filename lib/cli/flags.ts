/** `torghut flags list|set`: what every flag is and where that comes from, and changing one. */
import { ConfigurationError } from '../domain/errors.ts'
import { accountLabel } from '../domain/account-label.ts'
import { didYouMean } from '../config/did-you-mean.ts'
import { FALLBACK_LEGACY, FLAG_DEFINITIONS, FLAG_NAMES, KILL_SWITCH } from '../config/flag-definitions.ts'
import { parseSettings } from '../config/parse-settings.ts'
import { checkOverlayFlag, resolveFlags } from '../config/resolve-flags.ts'
import { describeFound, violation } from '../config/violations.ts'
import type { CliContext } from './context.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { defaultLabel } from './kill.ts'
import { renderTable } from './output.ts'
import { confirmLabel } from './prompt.ts'
import { addVerb, verbGroup, type VerbRegistrar } from './verb.ts'

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

interface FlagRow {
  readonly name: string
  readonly value: string
  readonly source: string
  readonly default: string
  readonly allowed: string
  readonly description: string
}

async function listFlags(
  context: CliContext,
  { json }: { readonly json?: true },
  ...names: readonly string[]
): Promise<ExitCode> {
  const wanted = names.flat()
  const { environment, output } = context
  const store = await context.openFlagStore()
  const overlay = await store.readAll()
  const rows = [...definedRows(environment, overlay, store.place), ...otherRows(overlay, store.place)]
  refuseUnknown(wanted, rows)
  const shown = wanted.length === 0 ? rows : rows.filter(({ name }) => wanted.includes(name))
  if (json) await output.printJson(shown)
  else {
    const cells = shown.map(({ name, value, source, default: byDefault }) => [name, value, source, byDefault])
    await output.print(renderTable(['flag', 'value', 'from', 'default'], cells, output.colors))
    const [only] = shown
    if (wanted.length === 1 && only) await output.print(`\n${only.description}\nAllowed: ${only.allowed}`)
  }
  parseSettings(resolveFlags(environment, overlay), (name) => sourcePath(name, overlay, store.place))
  return EXIT.ok
}

function definedRows(
  environment: CliContext['environment'],
  overlay: Readonly<Record<string, string>>,
  place: string,
): FlagRow[] {
  return FLAG_DEFINITIONS.map(({ name, kind, default: byDefault, description }) => {
    const source = name in overlay ? place : environment[name] === undefined ? 'default' : 'environment'
    const value = overlay[name] ?? environment[name] ?? byDefault
    return { name, value, source, default: byDefault, allowed: kind.allowed, description }
  })
}

/** Accounts' kill switches, feature flags, and names that should not be there. */
function otherRows(overlay: Readonly<Record<string, string>>, place: string): FlagRow[] {
  const others = Object.entries(overlay).filter(([name]) => !FLAG_NAMES.includes(name))
  return others.map(([name, value]) => ({
    name,
    value,
    source: place,
    default: 'none',
    allowed: name.endsWith(KILL_SWITCH) ? 'true, false' : 'true, false, or a list of entities',
    description: name.endsWith(KILL_SWITCH) ? "An account's own kill switch" : 'A feature flag',
  }))
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
  const { environment, output } = context
  const violations = checkOverlayFlag(name, value)
  if (violations.length > 0) {
    throw new ConfigurationError('The flag', violations, { advice: '`torghut flags` lists all of them.' })
  }
  const store = await context.openFlagStore()
  if (isGated(name, value)) {
    const [, ofAccount] = /^accounts\/([^/]+)\//.exec(name) ?? []
    const label = ofAccount === undefined ? await defaultLabel(context) : accountLabel(ofAccount)
    await confirmLabel(context, `This sets ${name} to ${value}.`, label, confirm)
  }
  const switchesOn = value === 'true' && name.endsWith(KILL_SWITCH)
  if (!switchesOn) refuseContradiction(environment, await store.readAll(), name, value)
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
function refuseContradiction(
  environment: CliContext['environment'],
  overlay: Readonly<Record<string, string>>,
  name: string,
  value: string,
): void {
  try {
    parseSettings(resolveFlags(environment, overlay))
  } catch {
    return
  }
  parseSettings(resolveFlags(environment, { ...overlay, [name]: value }))
}

function sourcePath(name: string, overlay: Readonly<Record<string, string>>, place: string): string {
  return name in overlay ? `${place} ${name}` : name
}

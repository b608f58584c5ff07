/** `torghut flags list|set|plan`: what every flag is and where that comes from, and changing one. */
import { ConfigurationError } from '../../domain/errors.ts'
import { accountLabel } from '../../domain/account-label.ts'
import { didYouMean } from '../../domain/did-you-mean.ts'
import { KILL_SWITCH } from '../../flags/definitions.ts'
import { parseSettings } from '../../flags/parse-settings.ts'
import { describeFound, violation } from '../../formats/violations.ts'
import { fleetInForce } from '../../lanes/read-fleet.ts'
import { resolveKillSwitch } from '../../flags/resolve.ts'
import { changeRisks } from '../../operations/change-risks.ts'
import {
  checkWanted,
  fleetOrNull,
  overlayWith,
  planFlags,
  wantsConfirmation,
  type FlagPlan,
  type WantedFlags,
} from '../../operations/flag-plan.ts'
import type { CliContext } from '../context.ts'
import { EXIT, type ExitCode } from '../terminal/exit-codes.ts'
import { beneathOf, flagRows, overlayOf, readLayers, resolveLayers, type FlagRow } from './flag-layers.ts'
import { defaultLabel } from './kill.ts'
import { confirmLabel } from '../terminal/prompt.ts'
import { flagTarget, type FlagTarget, type StageOption } from '../target.ts'

/** A longer value (a registry) is cut in the table, not in JSON. */
const MAX_SHOWN = 40

interface SetOptions extends StageOption {
  readonly confirm?: string
}

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
    const cells = shown.map((row) => [row.name, shortened(row.value), row.source, row.default])
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
        'list, set, or the name of a flag',
        didYouMean(name, ['list', 'set', ...known]),
      ),
    )
  if (violations.length > 0) {
    throw new ConfigurationError('The command line', violations, { advice: 'Run `torghut flags --help`.' })
  }
}

export async function setFlag(
  context: CliContext,
  options: SetOptions,
  name = '',
  value = '',
): Promise<ExitCode> {
  const { output } = context
  checkWanted({ [name]: value })
  const target = await flagTarget(context, options)
  const warnings = await confirmChange(context, target, { name, value }, options.confirm)
  const { before } = await target.store.write(name, value)
  if (options.json) {
    await output.printJson({ name, ...(before !== undefined && { before }), after: value, warnings })
  } else {
    await output.print(`${name}: ${before === undefined ? '' : `${before ?? 'not set'} -> `}${value}`)
    for (const warning of warnings) output.note(warningText(warning))
    if (target.stage !== null) output.note(`on ${target.title}`)
  }
  return EXIT.ok
}

/** What speaks against the change; asks for the label where that, or the flag itself, wants it. */
async function confirmChange(
  context: CliContext,
  target: FlagTarget,
  { name, value }: { readonly name: string; readonly value: string },
  confirmed: string | undefined,
): Promise<readonly string[]> {
  // nothing is read, so that it works when little else does
  if (value === 'true' && name.endsWith(KILL_SWITCH)) return []
  const { warnings } = await planOf(target, { [name]: value })
  // on a laptop nothing but paper is at stake
  if (!wantsConfirmation(name, value) && (warnings.length === 0 || target.stage === null)) return warnings
  const [, ofAccount] = /^accounts\/([^/]+)\//.exec(name) ?? []
  const label = ofAccount === undefined ? defaultLabel(await readLayers(target)) : accountLabel(ofAccount)
  const what = [`This sets ${name} to ${value}, on ${target.title}.`, ...warnings.map(warningText)]
  await confirmLabel(context, what.join('\n'), label, confirmed)
  return warnings
}

function warningText(warning: string): string {
  return `warning: ${warning}`
}

export async function planChanges(
  context: CliContext,
  options: StageOption,
  ...words: readonly string[]
): Promise<ExitCode> {
  const { output } = context
  const wanted = Object.fromEntries(words.flat().map(nameAndValue))
  const target = await flagTarget(context, options)
  const plan = await planOf(target, wanted)
  if (options.json) {
    await output.printJson(plan)
    return EXIT.ok
  }
  for (const { name, before, after } of plan.changes) {
    await output.print(`${name}: ${before ?? 'not set'} -> ${after}${before === after ? ' (no change)' : ''}`)
  }
  for (const warning of plan.warnings) output.note(warningText(warning))
  output.note('Nothing was changed; `torghut flags set NAME VALUE` does.')
  return EXIT.ok
}

async function planOf(target: FlagTarget, wanted: WantedFlags): Promise<FlagPlan> {
  const layers = await readLayers(target)
  const [beneath, overlay] = [beneathOf(layers), overlayOf(layers)]
  const plan = planFlags(beneath, overlay, wanted)
  if (target.stores === null || fleetOrNull(beneath, overlay) === null) return plan
  const { roster } = target.stores
  const before = await fleetInForce(beneath, overlay, roster)
  const after = await fleetInForce(beneath, overlayWith(overlay, wanted), roster)
  const killSwitchOn = resolveKillSwitch(beneath, overlay) !== 'off'
  const risks = await changeRisks({ before, killSwitchOn, after }, target.stores)
  return { ...plan, warnings: [...plan.warnings, ...risks] }
}

function nameAndValue(word: string): readonly [string, string] {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(word) ?? []
  if (name !== undefined && value !== undefined) return [name, value]
  throw new ConfigurationError('The command line', [
    violation('torghut flags plan', describeFound(word), 'NAME=VALUE'),
  ])
}

/** `torghut flags set|unset|plan`: changing a flag, with what speaks against it. */
import { accountLabel } from '../../domain/account-label.ts'
import { ConfigurationError } from '../../domain/errors.ts'
import { KILL_SWITCH } from '../../flags/definitions.ts'
import { resolveKillSwitch } from '../../flags/resolve.ts'
import { describeFound, violation } from '../../formats/violations.ts'
import { fleetInForce } from '../../lanes/read-fleet.ts'
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
import { confirmLabel } from '../terminal/prompt.ts'
import { flagTarget, type FlagTarget, type StageOption } from '../target.ts'
import { beneathOf, overlayOf, readLayers } from './flag-layers.ts'
import { defaultLabel } from './kill.ts'

interface ChangeOptions extends StageOption {
  readonly confirm?: string
}

export async function setFlag(
  context: CliContext,
  options: ChangeOptions,
  name = '',
  value = '',
): Promise<ExitCode> {
  checkWanted({ [name]: value })
  return changeFlag(context, options, name, value)
}

export async function unsetFlag(context: CliContext, options: ChangeOptions, name = ''): Promise<ExitCode> {
  if (name !== KILL_SWITCH) return changeFlag(context, options, name, null)
  throw new ConfigurationError('The flag', [violation(name, 'taking it away', 'kill on, kill off')], {
    advice:
      'Without it the switch is unreadable, which counts as on: `torghut kill on` says the same clearly.',
  })
}

/** @param value null takes it away */
async function changeFlag(
  context: CliContext,
  options: ChangeOptions,
  name: string,
  value: string | null,
): Promise<ExitCode> {
  const { output } = context
  const target = await flagTarget(context, options)
  const warnings = await confirmChange(context, target, { name, value }, options.confirm)
  const { before } = value === null ? await target.store.remove(name) : await target.store.write(name, value)
  if (options.json) {
    await output.printJson({ name, ...(before !== undefined && { before }), after: value, warnings })
  } else {
    const old = before === undefined ? '' : `${before ?? 'not set'} -> `
    await output.print(`${name}: ${old}${value ?? 'not set'}`)
    for (const warning of warnings) output.note(warningText(warning))
    if (target.stage !== null) output.note(`on ${target.title}`)
  }
  return value === null && before === null ? EXIT.negative : EXIT.ok
}

/** What speaks against the change; asks for the label where that, or the flag itself, wants it. */
async function confirmChange(
  context: CliContext,
  target: FlagTarget,
  { name, value }: { readonly name: string; readonly value: string | null },
  confirmed: string | undefined,
): Promise<readonly string[]> {
  // nothing is read, so that it works when little else does
  if (value === 'true' && name.endsWith(KILL_SWITCH)) return []
  const { warnings } = await planOf(target, { [name]: value })
  // on a laptop nothing but paper is at stake
  if (!wantsConfirmation(name, value) && (warnings.length === 0 || target.stage === null)) return warnings
  const [, ofAccount] = /^accounts\/([^/]+)\//.exec(name) ?? []
  const label = ofAccount === undefined ? defaultLabel(await readLayers(target)) : accountLabel(ofAccount)
  const change = value === null ? `takes ${name} away` : `sets ${name} to ${value}`
  const what = [`This ${change}, on ${target.title}.`, ...warnings.map(warningText)]
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

/**
 * `torghut kill on|off`: the kill switch. On asks nothing and works over a corrupted flags file; off is
 * behind a gate (docs/architecture.md#command-line).
 */
import { accountLabel, type AccountLabel } from '../../domain/account-label.ts'
import { KILL_SWITCH } from '../../flags/definitions.ts'
import { label } from '../../flags/kinds.ts'
import { parseSettings } from '../../flags/parse-settings.ts'
import { accountKillSwitchKey, resolveKillSwitch } from '../../flags/resolve.ts'
import type { CliContext } from '../context.ts'
import { EXIT, type ExitCode } from '../terminal/exit-codes.ts'
import { beneathOf, overlayOf, readLayers } from './flag-layers.ts'
import { confirmLabel } from '../terminal/prompt.ts'
import { flagTarget, type FlagTarget, type StageOption } from '../target.ts'

interface KillOptions extends StageOption {
  readonly account?: AccountLabel
  readonly confirm?: string
}

export function killOn(context: CliContext, options: KillOptions): Promise<ExitCode> {
  return switchTo('on', context, options)
}

export function killOff(context: CliContext, options: KillOptions): Promise<ExitCode> {
  return switchTo('off', context, options)
}

async function switchTo(state: 'on' | 'off', context: CliContext, options: KillOptions): Promise<ExitCode> {
  const { output } = context
  const { account, json } = options
  const target = await flagTarget(context, options)
  const name = account === undefined ? KILL_SWITCH : accountKillSwitchKey(account)
  const value = state === 'on' ? 'true' : 'false'
  // any source that says on is enough, so that nothing needs to be read to switch it on
  const effective = state === 'on' ? 'on' : await stateAfterOff(context, target, name, options)
  const { before } = await target.store.write(name, value)
  if (json) {
    await output.printJson({
      kill_switch: state,
      account: account ?? null,
      ...(target.stage !== null && { stage: target.stage }),
      ...(before !== undefined && { before }),
      effective,
    })
  } else {
    const change = before === undefined ? value : `${before ?? 'not set'} -> ${value}`
    await output.print(`${name}: ${change}`)
    if (target.stage !== null) output.note(`on ${target.title}`)
  }
  if (state === 'on' && target.stage !== null && account === undefined && before === null) {
    output.note(
      `warning: ${target.store.place} had no kill switch: is ${target.stage} the right stage, and deployed here?`,
    )
    return EXIT.negative
  }
  if (effective !== state) {
    const elsewhere = account === undefined ? 'the environment' : 'the environment or the global switch'
    output.note(`The switch still counts as on: ${elsewhere} says so. \`torghut flags\` shows all sources.`)
  }
  return EXIT.ok
}

/** Asks for the confirmation; what the switch will count as afterwards. */
async function stateAfterOff(
  context: CliContext,
  target: FlagTarget,
  name: string,
  options: KillOptions,
): Promise<'on' | 'off' | 'unreadable'> {
  const { account, confirm } = options
  const label = account ?? (await defaultLabel(target))
  const scope = account === undefined ? 'for every account' : `for account ${account}`
  const what = `This switches the kill switch off ${scope}, on ${target.title}.`
  await confirmLabel(context, what, label, confirm)
  const layers = await readLayers(target)
  return resolveKillSwitch(layers.environment, { ...overlayOf(layers), [name]: 'false' }, account)
}

/** The label of the account that is always there, as flags and environment name it. */
export async function defaultLabel(target: FlagTarget): Promise<AccountLabel> {
  const name = 'TRADING_ACCOUNT_LABEL'
  const layers = await readLayers(target)
  const text = overlayOf(layers)[name] ?? beneathOf(layers)[name]
  if (text === undefined) return parseSettings({}).accountLabel
  if (label.parse(text) === null) parseSettings({ [name]: text })
  return accountLabel(text)
}

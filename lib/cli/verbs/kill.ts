/**
 * `torghut kill on|off`: the kill switch. On asks nothing and works over a corrupted flags file; off is
 * behind a gate (docs/architecture.md#command-line).
 */
import { accountLabel, type AccountLabel } from '../../domain/account-label.ts'
import { didYouMean } from '../../domain/did-you-mean.ts'
import { KILL_SWITCH } from '../../flags/definitions.ts'
import { label } from '../../flags/kinds.ts'
import { parseSettings } from '../../flags/parse-settings.ts'
import { accountKillSwitchKey, resolveKillSwitch } from '../../flags/resolve.ts'
import { fleetOrNull } from '../../operations/flag-plan.ts'
import { rolloutStage, type RolloutStage } from '../../operations/rollout.ts'
import type { CliContext } from '../context.ts'
import { EXIT, type ExitCode } from '../terminal/exit-codes.ts'
import { beneathOf, overlayOf, readLayers, type Layers } from './flag-layers.ts'
import { knownAccounts } from './known-accounts.ts'
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
  const { effective, stage }: AfterOff =
    state === 'on' ? { effective: 'on', stage: null } : await confirmOff(context, target, name, options)
  const { before } = await target.store.write(name, value)
  if (json) {
    await output.printJson({
      kill_switch: state,
      account: account ?? null,
      ...(target.stage !== null && { stage: target.stage }),
      ...(before !== undefined && { before }),
      effective,
      ...(state === 'off' &&
        target.stage !== null && { rollout_stage: stage && { number: stage.number, name: stage.name } }),
    })
  } else {
    const change = before === undefined ? value : `${before ?? 'not set'} -> ${value}`
    await output.print(`${name}: ${change}`)
    if (target.stage !== null) output.note(`on ${target.title}`)
    if (state === 'off' && target.stage !== null) output.note(stageText(stage))
  }
  if (state === 'on' && target.stage !== null && account === undefined && before === null) {
    output.note(
      `warning: ${target.store.place} had no kill switch: is ${target.stage} the right stage, and deployed here?`,
    )
    return EXIT.negative
  }
  if (state === 'on' && account !== undefined) return toldOfNobody(account, target, context)
  if (effective !== state) {
    const elsewhere = account === undefined ? 'the environment' : 'the environment or the global switch'
    output.note(`The switch still counts as on: ${elsewhere} says so. \`torghut flags\` shows all sources.`)
  }
  return EXIT.ok
}

/** The switch stands; one whose label is misspelt stops nobody, which must not look like success. */
async function toldOfNobody(
  account: AccountLabel,
  target: FlagTarget,
  { output, folder }: CliContext,
): Promise<ExitCode> {
  const known = await knownAccounts(target, folder)
  if (known === null || known.includes(account)) return EXIT.ok
  const meant = didYouMean(account, known)
  const hint = meant === undefined ? '.' : ` - did you mean ${meant}?`
  output.note(
    `warning: there is no account ${account}${hint} This stops none of those that there are: ${known.join(', ')}.`,
  )
  return EXIT.negative
}

/** What switching off leads to. */
interface AfterOff {
  readonly effective: 'on' | 'off' | 'unreadable'
  /** The rollout stage that applies then; null: the flags cannot be used as they are. */
  readonly stage: RolloutStage | null
}

/** Says what switching off leads to and asks for the confirmation. */
async function confirmOff(
  context: CliContext,
  target: FlagTarget,
  name: string,
  { account, confirm }: KillOptions,
): Promise<AfterOff> {
  const layers = await readLayers(target)
  const after = { ...overlayOf(layers), [name]: 'false' }
  const fleet = fleetOrNull(beneathOf(layers), after)
  const effective = resolveKillSwitch(layers.environment, after, account)
  const stage = fleet === null ? null : rolloutStage(fleet.settings, effective !== 'off')
  const scope = account === undefined ? 'for every account' : `for account ${account}`
  const then = target.stage === null ? '' : ` ${stageText(stage)}`
  const what = `This switches the kill switch off ${scope}, on ${target.title}.${then}`
  await confirmLabel(context, what, account ?? defaultLabel(layers), confirm)
  return { effective, stage }
}

function stageText(stage: RolloutStage | null): string {
  if (stage === null) return 'Which rollout stage applies then cannot be told: the flags are bad.'
  return `Stage ${stage.number} of 5 (${stage.name}) applies then: ${stage.meaning}.`
}

/** The label of the account that is always there, as flags and environment name it. */
export function defaultLabel(layers: Layers): AccountLabel {
  const name = 'TRADING_ACCOUNT_LABEL'
  const text = overlayOf(layers)[name] ?? beneathOf(layers)[name]
  if (text === undefined) return parseSettings({}).accountLabel
  if (label.parse(text) === null) parseSettings({ [name]: text })
  return accountLabel(text)
}

/**
 * `torghut kill on|off`: the kill switch. On asks nothing and works over a corrupted flags file; off is
 * behind a gate (design section 6, "Command line").
 */
import { accountLabel, type AccountLabel } from '../domain/account-label.ts'
import { KILL_SWITCH } from '../config/flag-definitions.ts'
import { label } from '../config/flag-kinds.ts'
import { parseSettings } from '../config/parse-settings.ts'
import { accountKillSwitchKey, resolveKillSwitch } from '../config/resolve-flags.ts'
import type { CliContext } from './context.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { confirmLabel } from './prompt.ts'
import { addVerb, optionOf, verbGroup, type VerbRegistrar } from './verb.ts'

interface KillOptions {
  readonly account?: AccountLabel
  readonly confirm?: string
  readonly json?: true
}

export const registerKill: VerbRegistrar = (program, run) => {
  const group = verbGroup(program, 'kill', 'the kill switch: stop trading, or allow it again')
  const on = addVerb(group, 'on', {
    description: 'switch the kill switch on: nothing is ordered, open orders are cancelled; asks nothing',
    examples: ['torghut kill on', 'torghut kill on --account paper'],
  })
  const off = addVerb(group, 'off', {
    description: 'switch the kill switch off; wants the account label typed, or --confirm',
    examples: ['torghut kill off --confirm paper', 'torghut kill off --account b --confirm b'],
  })
  for (const verb of [on, off]) {
    verb.option('--account <label>', "this account's own switch instead of the global one", optionOf(label))
  }
  on.option('--confirm <label>', 'accepted, not needed')
  off.option('--confirm <label>', 'the account label, typed in advance')
  run<KillOptions>(on, (context, options) => switchTo('on', context, options))
  run<KillOptions>(off, (context, options) => switchTo('off', context, options))
}

async function switchTo(state: 'on' | 'off', context: CliContext, options: KillOptions): Promise<ExitCode> {
  const { environment, output } = context
  const { account } = options
  const { store, profile } = await context.openFlags()
  if (state === 'off') {
    const wanted = account ?? (await defaultLabel(context))
    const scope = account === undefined ? 'for every account' : `for account ${account}`
    await confirmLabel(context, `This switches the kill switch off ${scope}.`, wanted, options.confirm)
  }
  const name = account === undefined ? KILL_SWITCH : accountKillSwitchKey(account)
  const { before } = await store.write(name, state === 'on' ? 'true' : 'false')
  const overlay = { ...profile.flags, ...(await store.readAll()) }
  const effective = resolveKillSwitch(environment, overlay, account)
  if (options.json) {
    await output.printJson({ kill_switch: state, account: account ?? null, before, effective })
  } else {
    await output.print(`${name}: ${before ?? 'not set'} -> ${state === 'on' ? 'true' : 'false'}`)
  }
  if (effective !== state) {
    const elsewhere = account === undefined ? 'the environment' : 'the environment or the global switch'
    output.note(`The switch still counts as on: ${elsewhere} says so. \`torghut flags\` shows all sources.`)
  }
  return EXIT.ok
}

/** The label of the account that is always there, as flags and environment name it. */
export async function defaultLabel({ environment, openFlags }: CliContext): Promise<AccountLabel> {
  const name = 'TRADING_ACCOUNT_LABEL'
  const { store, profile } = await openFlags()
  const text = (await store.readAll())[name] ?? environment[name] ?? profile.settings[name]
  if (text === undefined) return parseSettings({}).accountLabel
  if (label.parse(text) === null) parseSettings({ [name]: text })
  return accountLabel(text)
}

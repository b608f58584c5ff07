/** `torghut canary plan|verify`: a further account on its way in, and the proof that accounts keep apart. */
import type { AccountLabel } from '../../domain/account-label.ts'
import { canaryPlan, canaryVerify } from '../../operations/canary.ts'
import { readFleet } from '../../operations/deployment.ts'
import type { CliContext } from '../context.ts'
import { accountNamed, openChosenDeployment, type StageOption } from '../target.ts'
import { EXIT, type ExitCode } from '../terminal/exit-codes.ts'

interface CanaryVerbOptions extends StageOption {
  readonly account?: AccountLabel
  readonly offline?: true
}

const ROW_KINDS = [
  'trade_decisions',
  'executions',
  'trade_cursor',
  'alpaca_order',
  'execution_order_events',
  'unmatched_orders',
  'cycle',
] as const

export async function planCanary(
  context: CliContext,
  options: CanaryVerbOptions & { readonly account: AccountLabel },
): Promise<ExitCode> {
  const { output } = context
  const deployment = await openChosenDeployment(context, options)
  const fleet = await readFleet(deployment)
  const steps = await canaryPlan(options.account, fleet, await context.migrations(), deployment)
  if (options.json) {
    await output.printJson(steps)
    return EXIT.ok
  }
  const { green, yellow } = output.colors
  for (const [index, { step, done, detail, commands }] of steps.entries()) {
    const mark = done ? green('done') : yellow('open')
    await output.print(`${index + 1} ${mark} ${step}: ${detail}`)
    for (const command of done ? [] : commands) await output.print(`    $ ${command}`)
  }
  const left = steps.filter(({ done }) => !done).length
  output.note(
    left === 0
      ? `All done. When the account has traded: torghut canary verify --account ${options.account}`
      : `${left} steps are open; take them in this order.`,
  )
  return EXIT.ok
}

export async function verifyCanary(context: CliContext, options: CanaryVerbOptions): Promise<ExitCode> {
  const { output } = context
  const deployment = await openChosenDeployment(context, options)
  const fleet = await readFleet(deployment)
  const { account: chosen } = options
  const canary = chosen === undefined ? null : accountNamed(chosen, fleet.accounts, '--account').label
  const found = await canaryVerify(fleet, { canary, askBrokers: options.offline !== true }, deployment)
  if (options.json) await output.printJson(found)
  else {
    const cells = found.accounts.map(({ account, rows }) =>
      [account as string].concat(ROW_KINDS.map((kind) => String(rows[kind] ?? 0))),
    )
    await output.printTable(['account', ...ROW_KINDS], cells)
    for (const { account, kind, key, problem } of found.crossings) {
      await output.print(`${account} ${kind} ${key}: ${problem}`)
    }
  }
  const count = found.crossings.length
  output.note(count === 0 ? 'Nothing crosses.' : `${count} findings.`)
  return count === 0 ? EXIT.ok : EXIT.negative
}

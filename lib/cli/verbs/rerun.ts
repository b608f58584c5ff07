/** `torghut rerun`: every sealed cycle planned again by the code at hand, and compared. */
import { join, resolve } from 'node:path'
import type { AccountLabel } from '../../domain/account-label.ts'
import type { Decision } from '../../domain/decision.ts'
import { formatDecimal } from '../../domain/decimal.ts'
import { formatInstant, type EpochMs } from '../../domain/time.ts'
import { loadPluginModule } from '../../adapters/files/load-plugin-module.ts'
import { parseStrategies } from '../../formats/strategies-file.ts'
import { catalogCompiler } from '../../lanes/catalog-compiler.ts'
import { readStoredRun } from '../../local/stored-run.ts'
import { keptCalendars } from '../../market/calendar/create-calendar.ts'
import { readFleet } from '../../operations/deployment.ts'
import type { StateStores } from '../../ports/state-stores.ts'
import { firstDifference } from '../../replay/first-difference.ts'
import { type RerunCycle, type RerunDeps, rerunCycles } from '../../replay/rerun.ts'
import { compileStrategies } from '../../strategy/compile.ts'
import { type PluginRegistry, builtinRegistry } from '../../strategy/registry.ts'
import type { CliContext } from '../context.ts'
import { EXIT, type ExitCode } from '../terminal/exit-codes.ts'
import { packageRoot, readTextFile } from '../terminal/input-file.ts'
import { accountNamed, chosenStage, openChosenDeployment, type StageOption } from '../target.ts'
import { parseSince, type Since } from '../verb.ts'

interface RerunOptions extends StageOption {
  readonly account?: string
  readonly since?: Since
  readonly strategies?: string
  readonly plugins?: string
  readonly json?: true
}

interface Lanes {
  readonly stores: StateStores
  readonly accounts: readonly AccountLabel[]
  readonly source: string
  readonly since: EpochMs | null
}

/** What came of one cycle. */
interface Row {
  readonly account: string
  readonly version: number
  readonly tick_at: string
  readonly result: 'same' | 'differs' | 'not_planned'
  readonly detail: string | null
}

export async function runRerun(context: CliContext, options: RerunOptions): Promise<ExitCode> {
  const { output } = context
  const counts = { same: 0, differs: 0, not_planned: 0 }
  const tell = async (row: Row): Promise<void> => {
    counts[row.result] += 1
    if (options.json) await output.printJson(row)
    else if (row.result !== 'same') {
      await output.print(`${row.account} ${row.tick_at} cycle ${row.version}: ${row.detail ?? row.result}`)
    }
  }
  if (chosenStage(context, options) === null) {
    const registry = builtinRegistry((await loadPluginModule(localPlugins(context, options))).plugins)
    await readStoredRun(context.folder, (stores, { accounts, source }) =>
      rerunAll(context, options, registry, { stores, accounts, source, since: null }, tell),
    )
  } else {
    const deployment = await openChosenDeployment(context, options)
    const { accounts, settings } = await readFleet(deployment)
    const since = (options.since ?? parseSince('7d'))(deployment.clock.now())
    const labels = accounts.map(({ label }) => label)
    const registry =
      options.plugins === undefined
        ? await context.deployedRegistry()
        : builtinRegistry((await loadPluginModule(resolve(context.folder, options.plugins))).plugins)
    const lanes = { stores: deployment.stores, accounts: labels, source: settings.signalSource, since }
    await rerunAll(context, options, registry, lanes, tell)
  }
  const { same, differs, not_planned: unknown } = counts
  output.note(`${same} cycles as sealed, ${differs} otherwise, ${unknown} that cannot be planned again.`)
  const isQuestion = options.strategies !== undefined
  return differs > 0 && !isQuestion ? EXIT.negative : EXIT.ok
}

/** What `dev` runs where nothing is named. */
function localPlugins({ folder }: CliContext, { plugins }: RerunOptions): string {
  return plugins === undefined ? join(packageRoot(), 'examples', 'plugins.mjs') : resolve(folder, plugins)
}

async function rerunAll(
  { folder }: CliContext,
  { account, strategies: file }: RerunOptions,
  registry: PluginRegistry,
  { stores, accounts, source, since }: Lanes,
  tell: (row: Row) => Promise<void>,
): Promise<void> {
  const known = accounts.map((label) => ({ label }))
  const labels = account === undefined ? accounts : [accountNamed(account, known, '--account').label]
  const other = file === undefined ? null : parseStrategies(await readTextFile(file, folder), file)
  const sealed = catalogCompiler(stores.catalog, registry)
  const deps: RerunDeps = {
    stores,
    strategies: async ({ catalogHash }, settings) =>
      other === null ? sealed(catalogHash, settings) : compileStrategies(other, registry, settings),
    calendar: keptCalendars(),
  }
  for (const label of labels) {
    for await (const cycle of rerunCycles(label, source, since, deps)) {
      await tell(rowOf(cycle, other === null))
    }
  }
}

function rowOf(cycle: RerunCycle, whole: boolean): Row {
  const { record, plan, reason } = cycle
  const { accountLabel: account, version, inputs } = record
  const row = { account, version, tick_at: formatInstant(inputs.tickAt) }
  if (plan === null) return { ...row, result: 'not_planned', detail: reason }
  if (!whole) {
    const changes = decisionChanges(cycle)
    return changes.length === 0
      ? { ...row, result: 'same', detail: null }
      : { ...row, result: 'differs', detail: changes.join('; ') }
  }
  const difference = firstDifference(record.plan, plan)
  if (difference === null) return { ...row, result: 'same', detail: null }
  const { path, left, right } = difference
  return { ...row, result: 'differs', detail: `${path} was ${inWords(left)}, is ${inWords(right)}` }
}

/** Signal by signal, what would have been decided instead. */
function decisionChanges({ record, signals, plan }: RerunCycle): string[] {
  return signals.flatMap(({ position, signal }) => {
    const at = (decisions: readonly Decision[] = []) =>
      decisions
        .filter((decision) => decision.position === position)
        .map(decided)
        .join(', ') || 'nothing'
    const [was, is] = [at(record.plan.decisions), at(plan?.decisions)]
    return was === is ? [] : [`${signal.symbol} ${formatInstant(signal.eventTs)}: ${was} -> ${is}`]
  })
}

function decided({ side, quantity, outcome }: Decision): string {
  return `${side} ${formatDecimal(quantity)}${outcome.kind === 'denied' ? ` (denied: ${outcome.reason})` : ''}`
}

function inWords(value: unknown): string {
  return (
    JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? inner.toString() : inner)) ??
    'absent'
  )
}

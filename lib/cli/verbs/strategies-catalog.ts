/** `torghut strategies apply FILE` and `strategies list`: the catalog of a deployed stage. */
import { changeCatalog, refuseUnknownPlugins } from '../../operations/catalog-change.ts'
import type { StrategyDefinition } from '../../domain/strategy-definition.ts'
import type { Deployment } from '../../operations/deployment.ts'
import { parseStrategies, strategyEntries } from '../../formats/strategies-file.ts'
import type { CliContext } from '../context.ts'
import { applyMode, changeLine, type ApplyModeOptions } from '../terminal/change-lines.ts'
import { EXIT, type ExitCode } from '../terminal/exit-codes.ts'
import { readTextFile } from '../terminal/input-file.ts'
import { confirmLabel } from '../terminal/prompt.ts'
import { flagTarget, openChosenDeployment, type StageOption } from '../target.ts'
import { readLayers } from './flag-layers.ts'
import { defaultLabel } from './kill.ts'

interface ApplyOptions extends StageOption, ApplyModeOptions {
  readonly dryRun?: true
  readonly confirm?: string
}

export async function applyStrategies(
  context: CliContext,
  options: ApplyOptions,
  file = '',
): Promise<ExitCode> {
  const { output, folder } = context
  const mode = applyMode(options, 'torghut strategies apply')
  const wanted = parseStrategies(await readTextFile(file, folder), file)
  refuseUnknownPlugins(wanted, await context.deployedRegistry())
  const deployment = await openChosenDeployment(context, options)
  const current = await currentStrategies(deployment)
  const { revision, changes } = changeCatalog(current, wanted, mode)
  const changed = changes.some(({ kind }) => kind !== 'unchanged')
  const applied = options.dryRun !== true && (changed || current.length === 0)
  const running = new Set(current.filter(({ enabled }) => enabled).map(({ id }) => id))
  const stopped = changes.filter(({ id, kind }) => kind === 'removed' && running.has(id)).map(({ id }) => id)
  if (stopped.length > 0) {
    const what = `This removes running strategies from stage ${deployment.stage}: ${stopped.join(', ')}.`
    const label = defaultLabel(await readLayers(await flagTarget(context, options)))
    if (applied) await confirmLabel(context, what, label, options.confirm)
    else output.note(`warning: ${what}`)
  }
  if (applied) await deployment.stores.catalog.apply(revision)
  if (options.json) await output.printJson({ applied, revision: revision.hash, changes })
  else for (const change of changes) await output.print(changeLine(change))
  if (!changed) output.note('The catalog is like that already.')
  else if (!applied) output.note('Nothing was applied (--dry-run).')
  else output.note(`Applied as revision ${revision.hash.slice(0, 12)} to stage ${deployment.stage}.`)
  return EXIT.ok
}

export async function listStrategies(context: CliContext, options: StageOption): Promise<ExitCode> {
  const { output } = context
  const { stores, stage } = await openChosenDeployment(context, options)
  const hash = await stores.catalog.currentHash()
  const strategies = hash === null ? [] : ((await stores.catalog.readRevision(hash))?.strategies ?? [])
  if (options.json) await output.printJson(strategyEntries.encode(strategies))
  else if (hash !== null) {
    const rows = strategies.map(({ id, strategyType, version, enabled, baseTimeframe, universeSymbols }) => [
      id,
      `${strategyType}@${version}`,
      enabled ? 'enabled' : 'disabled',
      baseTimeframe,
      universeSymbols === null ? 'all' : universeSymbols.join(', '),
    ])
    await output.printTable(['strategy', 'plugin', 'state', 'timeframe', 'symbols'], rows)
  }
  if (hash !== null) output.note(`revision ${hash.slice(0, 12)}`)
  else output.note(`Stage ${stage} has no strategies: apply some with \`torghut strategies apply FILE\`.`)
  return EXIT.ok
}

async function currentStrategies({ stores }: Deployment): Promise<readonly StrategyDefinition[]> {
  const hash = await stores.catalog.currentHash()
  return hash === null ? [] : ((await stores.catalog.readRevision(hash))?.strategies ?? [])
}

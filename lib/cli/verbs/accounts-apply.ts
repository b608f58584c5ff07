/** `torghut accounts validate|apply|remove`: which accounts a stage has. */
import type { AccountLabel } from '../../domain/account-label.ts'
import { ConfigurationError } from '../../domain/errors.ts'
import { accountsOf, listedEntries, readRegistry } from '../../flags/account-registry.ts'
import { ACCOUNTS_JSON } from '../../flags/definitions.ts'
import { parseSettings } from '../../flags/parse-settings.ts'
import {
  planRegistration,
  putRegistry,
  registeredAccounts,
  removedWithOpenWork,
  type RegisteredAccounts,
  type RegistrationPlan,
  type RegistryPlace,
} from '../../operations/account-registration.ts'
import type { Deployment } from '../../operations/deployment.ts'
import type { AccountEntry } from '../../domain/account.ts'
import type { Settings } from '../../domain/settings.ts'
import type { CliContext } from '../context.ts'
import { accountNamed, chosenStage, openChosenDeployment, type StageOption } from '../target.ts'
import { applyMode, changeLine, type ApplyModeOptions } from '../terminal/change-lines.ts'
import { EXIT, RefusedError, type ExitCode } from '../terminal/exit-codes.ts'
import { readTextFile } from '../terminal/input-file.ts'
import { ProgressLine } from '../terminal/progress-line.ts'

interface ApplyOptions extends StageOption, ApplyModeOptions {
  readonly to?: RegistryPlace
  readonly dryRun?: true
}

export async function validateAccounts(
  context: CliContext,
  options: StageOption,
  file = '',
): Promise<ExitCode> {
  const current: RegisteredAccounts =
    chosenStage(context, options) === null
      ? { entries: [], settings: parseSettings(onlySettings(context.environment)), place: null }
      : await registeredAccounts(await openChosenDeployment(context, options))
  const entries = await entriesOf(file, context, current.settings)
  const { place, bytes } = planRegistration(current, entries, 'sync')
  const found = { accounts: entries.length, bytes, place }
  if (options.json) await context.output.printJson(found)
  else await context.output.print(`${entries.length} accounts, all usable; ${bytes} bytes, for the ${place}.`)
  return EXIT.ok
}

export async function applyAccounts(
  context: CliContext,
  options: ApplyOptions,
  file = '',
): Promise<ExitCode> {
  const mode = applyMode(options, 'torghut accounts apply')
  const deployment = await openChosenDeployment(context, options)
  const current = await registeredAccounts(deployment)
  const entries = await entriesOf(file, context, current.settings)
  return carryOut(planRegistration(current, entries, mode, options.to ?? null), deployment, context, options)
}

export async function removeAccount(
  context: CliContext,
  options: ApplyOptions,
  label = '',
): Promise<ExitCode> {
  const deployment = await openChosenDeployment(context, options)
  const current = await registeredAccounts(deployment)
  const { label: removed } = accountNamed(label, current.entries, 'label')
  const kept = current.entries.filter((entry) => entry.label !== removed)
  return carryOut(planRegistration(current, kept, 'sync', current.place), deployment, context, options)
}

async function carryOut(
  plan: RegistrationPlan,
  deployment: Deployment,
  { output }: CliContext,
  { dryRun, json }: ApplyOptions,
): Promise<ExitCode> {
  const open = await removedWithOpenWork(plan, deployment)
  if (open.length > 0) throw stillOpen(open)
  const { changes, place, entries, changed } = plan
  const applied = changed && dryRun !== true
  const shown = changes.filter(({ kind }) => kind !== 'unchanged')
  if (!json) for (const change of shown) await output.print(changeLine(change))
  let retired = 0
  if (applied) {
    const progress = new ProgressLine(output)
    const total = entries.length
    retired = await putRegistry(plan, deployment, (done) => progress.show({ done, total, tickAt: null }))
    progress.end()
  }
  if (json) await output.printJson({ applied, place, accounts: entries.length, changes: shown })
  if (!changed) output.note('The registry is like that already.')
  else if (!applied) output.note(`Nothing was applied (--dry-run). It would stand in the ${place}.`)
  else output.note(`Applied to stage ${deployment.stage}: ${entries.length} accounts, in the ${place}.`)
  if (retired > 0) output.note(`${retired} entries of earlier rosters go within a day.`)
  return EXIT.ok
}

function stillOpen(labels: readonly AccountLabel[]): RefusedError {
  return new RefusedError(`refused: there is open work of ${labels.join(', ')}`, {
    advice:
      'Nothing was applied. Set "enabled": false first and wait until torghut status shows nothing open: an account that is not registered is looked after by nobody.',
  })
}

/** @throws ConfigurationError with every violation */
async function entriesOf(
  file: string,
  { folder }: CliContext,
  settings: Settings,
): Promise<readonly AccountEntry[]> {
  try {
    const registry = readRegistry(await readTextFile(file, folder))
    if (registry.kind === 'listed') {
      const entries = listedEntries(registry, settings)
      accountsOf(entries, settings, registry.path)
      return entries
    }
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    const violations = error.violations.map((one) => ({
      ...one,
      path: one.path.replace(ACCOUNTS_JSON, file),
    }))
    throw new ConfigurationError('The accounts file', violations, { cause: error })
  }
  throw new ConfigurationError('The accounts file', [
    { path: file, found: 'no accounts', allowed: 'a list of accounts, or {accounts: [...]}' },
  ])
}

function onlySettings(environment: CliContext['environment']): CliContext['environment'] {
  return { ...environment, [ACCOUNTS_JSON]: undefined }
}

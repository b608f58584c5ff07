/**
 * The canary: a further account on its way in, step by step, and the proof that accounts keep apart
 * (docs/architecture.md#accounts-apart).
 */
import type { AccountLabel } from '../domain/account-label.ts'
import type { AccountConfig } from '../domain/account.ts'
import { BrokerRefusedError } from '../domain/errors.ts'
import { SETTING_DEFINITIONS } from '../flags/definitions.ts'
import { featureKey } from '../flags/resolve.ts'
import { featureEntity, MULTI_ACCOUNT_FEATURE } from '../lanes/admission.ts'
import { auditRows, type Crossing, type RowAudit } from './canary-rows.ts'
import type { Deployment, DeployedFleet } from './deployment.ts'
import { migrationStatus, type Migration } from './migrate.ts'

export interface CanaryStep {
  readonly step: 'schema' | 'account' | 'topic' | 'variable' | 'flag'
  readonly done: boolean
  readonly detail: string
  /** What does it, where a command does. */
  readonly commands: readonly string[]
}

/** The five steps that let an account in, in their order. */
export async function canaryPlan(
  label: AccountLabel,
  fleet: DeployedFleet,
  migrations: readonly Migration[],
  deployment: Deployment,
): Promise<readonly CanaryStep[]> {
  const where = `--stage ${deployment.stage}`
  const { settings, accounts } = fleet
  const [states, stored, depth, features] = await Promise.all([
    migrationStatus(migrations, deployment.migrationStores),
    deployment.credentials.labels(),
    deployment.queues.depth({ queue: 'order-feed-v2', deadLetters: false }),
    deployment.features.open(settings),
  ])
  const open = states.filter(({ state }) => state !== 'applied')
  const account = accounts.find((one) => one.label === label)
  const topic = settings.orderFeedTopicV2
  const reading = await features.read(MULTI_ACCOUNT_FEATURE, featureEntity(label))
  const variable = SETTING_DEFINITIONS.multiAccountEnabled.name
  return [
    {
      step: 'schema',
      done: open.length === 0,
      detail: open.length === 0 ? 'all migrations are applied' : `${open.length} migrations are not applied`,
      commands: [`torghut migrate up ${where}`, `torghut migrate verify ${where}`],
    },
    {
      step: 'account',
      done: account?.enabled === true && stored.includes(label),
      detail: accountDetail(account, stored.includes(label)),
      commands: [
        `torghut accounts apply FILE ${where}`,
        `torghut accounts put-credentials ${label} ${where}`,
      ],
    },
    {
      step: 'topic',
      done: topic !== null && depth !== null,
      detail: `${topic ?? 'no second topic is named'}${depth === null ? '; it has no queue yet: deploy with -c orderFeedV2=true first' : ''}`,
      commands: [
        `torghut flags set ${SETTING_DEFINITIONS.orderFeedTopicV2.name} torghut.trade-updates.v2 ${where}`,
      ],
    },
    {
      step: 'variable',
      done: settings.multiAccountEnabled,
      detail: `${variable} is ${settings.multiAccountEnabled}`,
      commands: [`torghut flags set ${variable} true ${where}`],
    },
    {
      step: 'flag',
      done: reading.kind === 'on',
      detail: `${MULTI_ACCOUNT_FEATURE} is ${reading.kind} for ${featureEntity(label)}`,
      commands:
        settings.featureFlagsProvider === 'ssm'
          ? [`torghut flags set ${featureKey(MULTI_ACCOUNT_FEATURE)} ${featureEntity(label)} ${where}`]
          : [],
    },
  ]
}

function accountDetail(account: AccountConfig | undefined, hasCredentials: boolean): string {
  if (account === undefined) return 'it is not registered'
  const state = account.enabled ? 'registered' : 'registered, disabled'
  return `${state}, ${hasCredentials ? 'with' : 'without'} credentials`
}

export interface CanaryOptions {
  /** The account that must have rows of every kind; null: none must. */
  readonly canary: AccountLabel | null
  /** Whether brokers are asked whose credentials they are. */
  readonly askBrokers: boolean
}

/**
 * Everything that crosses, and what an account that should have rows does not have.
 * @throws UnavailableError when state, credentials or a broker cannot be read
 */
export async function canaryVerify(
  { accounts }: DeployedFleet,
  { canary, askBrokers }: CanaryOptions,
  deployment: Deployment,
): Promise<RowAudit> {
  const audit = await auditRows(
    accounts.map(({ label }) => label),
    deployment.accountRows,
  )
  const crossings = [
    ...audit.crossings,
    ...(canary === null ? [] : missingRows(canary, audit)),
    ...(askBrokers ? await credentialCrossings(accounts, deployment) : []),
  ]
  return { ...audit, crossings }
}

function missingRows(canary: AccountLabel, { accounts }: RowAudit): Crossing[] {
  const rows = accounts.find(({ account }) => account === canary)?.rows ?? {}
  return (['trade_decisions', 'executions', 'trade_cursor'] as const)
    .filter((kind) => rows[kind] === undefined)
    .map((kind) => ({ account: canary, kind, key: '-', problem: 'there is no such row of the account yet' }))
}

/** Whose the stored credentials are, by the broker's own word. */
async function credentialCrossings(
  accounts: readonly AccountConfig[],
  deployment: Deployment,
): Promise<readonly Crossing[]> {
  const { credentials, stores } = deployment
  const stored = await credentials.labels()
  const crossings: Crossing[] = []
  const seen = new Map<string, AccountLabel>()
  for (const { label, target } of accounts.filter((account) => stored.includes(account.label))) {
    const cross = (problem: string) =>
      crossings.push({ account: label, kind: 'credential', key: label, problem })
    try {
      const broker = await deployment.openBroker(target, await credentials.read(label))
      const { brokerAccountId } = (await broker.snapshot()).balance
      const holder = await stores.brokerAccounts.holder(target, brokerAccountId)
      const identity = `${target.baseUrl} ${brokerAccountId}`
      const other = seen.get(identity)
      if (holder !== null && holder !== label) cross(`the broker account belongs to ${holder}`)
      else if (other !== undefined) cross(`they are of the same broker account as those of ${other}`)
      else if (holder === null) cross('the broker account is bound to no account: put the credentials again')
      seen.set(identity, label)
    } catch (error) {
      if (!(error instanceof BrokerRefusedError)) throw error
      cross(`the broker refuses them with status ${error.status}`)
    }
  }
  return crossings
}

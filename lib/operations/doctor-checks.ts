/** The checks of `torghut doctor`, in the order in which one thing needs another. */
import type { AccountConfig } from '../domain/account.ts'
import { ConfigurationError } from '../domain/errors.ts'
import { KILL_SWITCH } from '../flags/definitions.ts'
import { accountKillSwitchKey, resolveKillSwitch } from '../flags/resolve.ts'
import { resolveListedFleet } from '../flags/fleet.ts'
import type { PluginRegistry } from '../strategy/registry.ts'
import { refuseUnknownPlugins } from './catalog-change.ts'
import { type Deployment, readFleet, type DeployedFleet } from './deployment.ts'
import { fail, ok, warn, type Check } from './doctor.ts'
import { readLaneStatus, readQueueStatus } from './lane-status.ts'

/**
 * With more lanes that order in one tick, some are lost to Parameter Store's default 40 requests a second
 * (https://docs.aws.amazon.com/general/latest/gr/ssm.html): 150 lost nothing in simulation, 200 did.
 */
export const MOST_LANES_AT_DEFAULT_THROUGHPUT = 150
/** Longer without a cycle than this while signals wait is worth a look. */
const QUIET_SECONDS = 300
const HEALTHY_STACK = /^(CREATE|UPDATE|IMPORT)_COMPLETE$|^UPDATE_ROLLBACK_COMPLETE$/

export function doctorChecks(deployment: Deployment, registry: PluginRegistry): readonly Check[] {
  const fleet = once(() => readFleet(deployment))
  return [
    { name: 'credentials', run: () => checkIdentity(deployment) },
    { name: 'stack', run: () => checkStack(deployment) },
    { name: 'tables', run: () => checkTables(deployment) },
    { name: 'state schema', run: () => checkSchema(deployment) },
    { name: 'kill switch', run: () => checkKillSwitch(deployment) },
    { name: 'flags', run: () => checkFlags(deployment) },
    { name: 'accounts', run: async () => checkAccounts(await fleet(), deployment) },
    { name: 'throughput', run: async () => checkThroughput(await fleet(), deployment) },
    { name: 'strategies', run: () => checkStrategies(deployment, registry) },
    { name: 'schedule', run: () => checkSchedule(deployment) },
    { name: 'alarms', run: () => checkAlarms(deployment) },
    { name: 'queues', run: () => checkQueues(deployment) },
    { name: 'lanes', run: async () => checkLanes(await fleet(), deployment) },
  ]
}

type Found = ReturnType<Check['run']>

async function checkIdentity({ infrastructure, place }: Deployment): Found {
  const { account, principal } = await infrastructure.identity()
  return [ok(`${principal} of account ${account} on ${place}`)]
}

async function checkStack({ infrastructure, names, stage }: Deployment): Found {
  const status = await infrastructure.stackStatus()
  if (status === null) {
    return [fail(`there is no stack ${names.stack}`, `Deploy it: npx cdk deploy -c stage=${stage}`)]
  }
  if (HEALTHY_STACK.test(status)) return [ok(`${names.stack} is ${status}`)]
  return [fail(`${names.stack} is ${status}`, 'See its events in CloudFormation, then deploy it again.')]
}

async function checkTables({ infrastructure, names }: Deployment): Found {
  return Promise.all(
    [names.stateTable, names.signalTable].map(async (table) => {
      const status = await infrastructure.tableStatus(table)
      if (status === 'ACTIVE') return ok(`${table} is active`)
      return status === null
        ? fail(`there is no table ${table}`, 'Deploy the stack again, or restore the table from a backup.')
        : fail(`${table} is ${status}`, 'Wait until it is active.')
    }),
  )
}

/** Reading items of each kind that is always there tells an unknown newer schema (a StateError). */
async function checkSchema({ stores, flags }: Deployment): Found {
  const { accounts, settings } = resolveListedFleet({}, knownFlags(await flags.readAll()))
  const hash = await stores.catalog.currentHash()
  if (hash !== null) await stores.catalog.readRevision(hash)
  await stores.signals.end(settings.signalSource)
  for (const { label } of accounts) {
    await stores.lanes.readLane(label, settings.signalSource)
    await stores.executions.listOpen(label)
  }
  return [ok('the stored items are of schemas that this version knows')]
}

/** Flags that do not parse are a finding of their own; the state is looked at all the same. */
function knownFlags(overlay: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  try {
    resolveListedFleet({}, overlay)
    return overlay
  } catch (error) {
    if (error instanceof ConfigurationError) return {}
    throw error
  }
}

async function checkKillSwitch({ flags, infrastructure, names, stage }: Deployment): Found {
  const overlay = await flags.readAll()
  const environment = (await infrastructure.functionFlags('lane')) ?? {}
  const state = resolveKillSwitch(environment, overlay)
  if (state === 'off') return [ok('off: orders may be sent')]
  if (state === 'on') {
    return [warn('on: nothing is ordered', `When it may be ordered: torghut kill off --stage ${stage}`)]
  }
  const found = overlay[KILL_SWITCH]
  const what = found === undefined ? 'is not there' : 'is neither true nor false'
  return [
    fail(
      `unreadable, which counts as on: ${names.killSwitchParameter} ${what}`,
      `Set it: torghut kill on --stage ${stage}`,
    ),
  ]
}

async function checkFlags(deployment: Deployment): Found {
  await readFleet(deployment)
  const names = Object.keys(await deployment.flags.readAll())
  return [ok(`all ${names.length} parameters parse`)]
}

async function checkAccounts(fleet: DeployedFleet, { credentials, stage }: Deployment): Found {
  const stored = await credentials.labels()
  return fleet.accounts.map(({ label, enabled, target }) => {
    const own = fleet.overlay[accountKillSwitchKey(label)] === 'true' ? ', its own kill switch is on' : ''
    const what = `${label} (${target.mode}, ${enabled ? 'enabled' : 'disabled'}${own})`
    if (stored.includes(label)) return ok(`${what} has credentials`)
    const advice = `Store them: torghut accounts put-credentials ${label} --stage ${stage}`
    const message = `${what} has no credentials`
    return runs(fleet, { label, enabled }) ? fail(message, advice) : warn(message, advice)
  })
}

/** Nothing to say of a fleet that the default throughput carries. */
async function checkThroughput(fleet: DeployedFleet, { infrastructure }: Deployment): Found {
  const lanes = fleet.accounts.filter((account) => runs(fleet, account)).length
  if (lanes <= MOST_LANES_AT_DEFAULT_THROUGHPUT || (await infrastructure.highParameterThroughput())) return []
  const setting = 'aws ssm update-service-setting --setting-value true --setting-id'
  return [
    fail(
      `${lanes} lanes are more than Parameter Store's default throughput carries (${MOST_LANES_AT_DEFAULT_THROUGHPUT})`,
      `Switch on the higher one: ${setting} /ssm/parameter-store/high-throughput-enabled`,
    ),
  ]
}

async function checkStrategies({ stores, stage }: Deployment, registry: PluginRegistry): Found {
  const hash = await stores.catalog.currentHash()
  const revision = hash === null ? null : await stores.catalog.readRevision(hash)
  if (revision === null) {
    const advice = `Apply some: torghut strategies apply FILE --stage ${stage}`
    return [fail('no strategies were applied yet: nothing runs', advice)]
  }
  const { strategies } = revision
  refuseUnknownPlugins(strategies, registry)
  const enabled = strategies.filter((strategy) => strategy.enabled).length
  const message = `${enabled} of ${strategies.length} strategies enabled, all plugins known`
  return [enabled > 0 ? ok(message) : warn(message, 'Enable one, or nothing is ever decided.')]
}

async function checkSchedule({ infrastructure, names }: Deployment): Found {
  const schedule = await infrastructure.schedule()
  if (schedule === null) return [fail(`there is no schedule ${names.schedule}`, 'Deploy the stack again.')]
  const { expression, timeZone, tradingWindow } = schedule
  const window = tradingWindow === null ? '' : `, cycles ${tradingWindow}`
  const what = `${expression}${window} (${timeZone})`
  return [
    schedule.enabled
      ? ok(`enabled: ${what}`)
      : warn(`disabled: ${what}`, 'No cycle runs by itself. Deploy with -c scheduleEnabled=true.'),
  ]
}

async function checkAlarms({ infrastructure, names, stage }: Deployment): Found {
  const subscriptions = await infrastructure.alarmSubscriptions()
  if (subscriptions === null) {
    return [fail(`there is no topic ${names.alarmTopic}`, 'Deploy the stack again: no alarm is sent.')]
  }
  const { confirmed, pending } = subscriptions
  const waiting = `${pending} ${pending === 1 ? 'subscription waits' : 'subscriptions wait'} to be confirmed`
  if (pending > 0) {
    const told = confirmed === 0 ? 'nobody is told of alarms: ' : ''
    return [warn(`${told}${waiting}`, `Follow the link in AWS's mail; lost, or expired: subscribe again.`)]
  }
  if (confirmed > 0) return [ok(`${confirmed} confirmed to be told`)]
  const deploy = `npx cdk deploy -c stage=${stage} -c alarmEmail=you@example.com`
  return [warn('nobody is told of alarms: the topic has no subscription', `Give an address: ${deploy}`)]
}

async function checkQueues({ queues, stage }: Deployment): Found {
  const all = await readQueueStatus(queues)
  if (all.length === 0) return [fail('there are no queues', 'Deploy the stack again.')]
  return all.map(({ queue, depth, deadLetters }) => {
    const what = `${queue}: ${depth.waiting} waiting, ${depth.inFlight} in flight`
    if (deadLetters === 0) return ok(what)
    const advice = `Look at them: torghut dlq list --queue ${queue} --stage ${stage}`
    return warn(`${what}, ${deadLetters} dead letters`, advice)
  })
}

/** Whether an account may get cycles; further ones also need the feature flag, which only the dispatcher asks. */
function runs(
  { settings }: DeployedFleet,
  { label, enabled }: Pick<AccountConfig, 'label' | 'enabled'>,
): boolean {
  return enabled && (label === settings.accountLabel || settings.multiAccountEnabled)
}

async function checkLanes(fleet: DeployedFleet, deployment: Deployment): Found {
  const { stores, clock, stage } = deployment
  const { accounts, settings } = fleet
  const running = accounts.filter((account) => runs(fleet, account))
  const statuses = await Promise.all(
    running.map(({ label }) => readLaneStatus(stores, label, settings.signalSource, clock.now())),
  )
  return statuses.map(({ account, lane, lag, lastCommitAgeSeconds: age, unsettled }) => {
    if (lane === null) {
      return warn(
        `${account} has had no cycle yet`,
        `Wait for the schedule, or: torghut tick --stage ${stage}`,
      )
    }
    if (lane.halted !== null) {
      return fail(
        `${account} is halted: ${lane.halted}`,
        `See what differs: torghut lane show ${account} --stage ${stage}`,
      )
    }
    const what = `${account} at version ${lane.version}, ${lag} signals behind, ${unsettled.length} unsettled`
    if ((lag ?? 0) > 0 && (age === null || age > QUIET_SECONDS)) {
      return warn(`${what}, last commit ${age ?? '-'} s ago`, `See: torghut logs --account ${account}`)
    }
    return ok(what)
  })
}

/** Asks once, and again only if that failed. */
function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | null = null
  return () => {
    asked ??= ask()
    return asked
  }
}

/** The checks of `torghut doctor`, in the order in which one thing needs another. */
import type { AccountLabel } from '../domain/account-label.ts'
import { ConfigurationError } from '../domain/errors.ts'
import { isCrypto, spelled } from '../domain/symbol.ts'
import { KILL_SWITCH } from '../flags/definitions.ts'
import { resolveKillSwitch } from '../flags/resolve.ts'
import { resolveListedFleet } from '../flags/fleet.ts'
import type { PluginRegistry } from '../strategy/registry.ts'
import { refuseUnknownPlugins } from './catalog-change.ts'
import { type Deployment, readFleet, type DeployedFleet } from './deployment.ts'
import {
  checkAccounts,
  checkBrokers,
  checkLanes,
  checkThroughput,
  checkUnregistered,
} from './doctor-account-checks.ts'
import { checkMarketData } from './doctor-market-data-checks.ts'
import { fail, ok, warn, type Check } from './doctor.ts'
import { readQueueStatus } from './lane-status.ts'

const HEALTHY_STACK = /^(CREATE|UPDATE|IMPORT)_COMPLETE$|^UPDATE_ROLLBACK_COMPLETE$/

/** One finding per cause: what rests on a thing that is not there is not looked at. */
export function doctorChecks(deployment: Deployment, registry: PluginRegistry): readonly Check[] {
  const fleet = once(() => readFleet(deployment))
  const missing = { stack: false, tables: false }
  const troubled = new Set<AccountLabel>()
  const ofStack = (run: Check['run']) => async () => (missing.stack ? [] : run())
  const ofTables = (run: Check['run']) => async () => (missing.stack || missing.tables ? [] : run())
  return [
    { name: 'credentials', run: () => checkIdentity(deployment) },
    { name: 'stack', run: () => checkStack(deployment, missing) },
    { name: 'tables', run: ofStack(() => checkTables(deployment, missing)) },
    { name: 'state schema', run: ofTables(() => checkSchema(deployment)) },
    { name: 'kill switch', run: ofStack(() => checkKillSwitch(deployment)) },
    { name: 'flags', run: () => checkFlags(deployment) },
    { name: 'accounts', run: async () => checkAccounts(await fleet(), deployment) },
    { name: 'accounts', run: ofTables(async () => checkUnregistered(await fleet(), deployment)) },
    { name: 'brokers', run: async () => checkBrokers(await fleet(), deployment, troubled) },
    { name: 'throughput', run: async () => checkThroughput(await fleet(), deployment) },
    { name: 'strategies', run: ofTables(() => checkStrategies(deployment, registry)) },
    { name: 'schedule', run: ofStack(() => checkSchedule(deployment)) },
    { name: 'schedule', run: ofTables(async () => checkHours(await fleet(), deployment)) },
    { name: 'alarms', run: ofStack(() => checkAlarms(deployment)) },
    { name: 'market data', run: ofTables(async () => checkMarketData(await fleet(), deployment)) },
    { name: 'queues', run: ofStack(() => checkQueues(deployment)) },
    { name: 'lanes', run: ofTables(async () => checkLanes(await fleet(), deployment, troubled)) },
  ]
}

interface Missing {
  stack: boolean
  tables: boolean
}

type Found = ReturnType<Check['run']>

async function checkIdentity({ infrastructure, place }: Deployment): Found {
  const { account, principal } = await infrastructure.identity()
  return [ok(`${principal} of account ${account} on ${place}`)]
}

async function checkStack({ infrastructure, names, stage }: Deployment, missing: Missing): Found {
  const status = await infrastructure.stackStatus()
  missing.stack = status === null
  if (status === null) {
    return [fail(`there is no stack ${names.stack}`, `Deploy it: npx cdk deploy -c stage=${stage}`)]
  }
  if (HEALTHY_STACK.test(status)) return [ok(`${names.stack} is ${status}`)]
  return [fail(`${names.stack} is ${status}`, 'See its events in CloudFormation, then deploy it again.')]
}

async function checkTables({ infrastructure, names }: Deployment, missing: Missing): Found {
  return Promise.all(
    [names.stateTable, names.signalTable].map(async (table) => {
      const status = await infrastructure.tableStatus(table)
      if (status === 'ACTIVE') return ok(`${table} is active`)
      missing.tables = true
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

/** Coins trade at all hours, and lanes run by the schedule's window. */
async function checkHours({ settings }: DeployedFleet, { infrastructure, stores, stage }: Deployment): Found {
  const window = (await infrastructure.schedule())?.tradingWindow ?? 'always'
  if (window === 'always' || !settings.cryptoEnabled) return []
  const hash = await stores.catalog.currentHash()
  const strategies = hash === null ? [] : ((await stores.catalog.readRevision(hash))?.strategies ?? [])
  const trading = strategies.filter(
    ({ enabled, universeSymbols }) =>
      enabled && (universeSymbols?.some((one) => isCrypto(spelled(one))) ?? true),
  )
  if (trading.length === 0) return []
  const ids = trading.map(({ id }) => id).join(', ')
  return [
    warn(
      `coins are traded (${ids}), but lanes run ${window} only: signals of other hours are too old then`,
      `Let lanes run at all hours: npx cdk deploy -c stage=${stage} -c tradingWindow=always`,
    ),
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

/** Asks once, and again only if that failed. */
function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | null = null
  return () => {
    asked ??= ask()
    return asked
  }
}

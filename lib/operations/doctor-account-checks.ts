/** What `torghut doctor` says of a stage's accounts, their brokers and their lanes. */
import type { AccountLabel } from '../domain/account-label.ts'
import type { AccountConfig } from '../domain/account.ts'
import { formatDecimal } from '../domain/decimal.ts'
import { BrokerRefusedError, ConfigurationError, UnavailableError } from '../domain/errors.ts'
import { accountKillSwitchKey } from '../flags/resolve.ts'
import { accountBroker } from './account-broker.ts'
import type { DeployedFleet, Deployment } from './deployment.ts'
import { fail, ok, warn, type Check, type Finding } from './doctor.ts'
import { readLaneStatus } from './lane-status.ts'

/**
 * With more lanes that order in one tick, some are lost to Parameter Store's default 40 requests a second
 * (https://docs.aws.amazon.com/general/latest/gr/ssm.html): 150 lost nothing in simulation, 200 did.
 */
export const MOST_LANES_AT_DEFAULT_THROUGHPUT = 150
/** Longer without a cycle than this while signals wait is worth a look. */
const QUIET_SECONDS = 300

type Found = ReturnType<Check['run']>
type Told = Omit<Finding, 'check'>

/** Whom it concerns beside what is said of it. */
interface AccountFinding {
  readonly account: AccountLabel
  readonly finding: Told
}

export async function checkAccounts(fleet: DeployedFleet, { credentials, stage }: Deployment): Found {
  const stored = await credentials.labels()
  return fleet.accounts.map(({ label, enabled, target }) => {
    const own = fleet.overlay[accountKillSwitchKey(label)] === 'true' ? ', its own kill switch is on' : ''
    const what = `${label} (${target.mode}, ${enabled ? 'enabled' : 'disabled'}${own})`
    if (stored.includes(label) && !enabled && label === fleet.settings.accountLabel) {
      const advice = `Nothing is ordered for it until it is enabled again: torghut accounts apply FILE --stage ${stage}`
      return warn(`${what} is the primary account, and gets no cycles`, advice)
    }
    if (stored.includes(label)) return ok(`${what} has credentials`)
    const advice = `Store them: torghut accounts put-credentials ${label} --stage ${stage}`
    const message = `${what} has no credentials`
    return runs(fleet, { label, enabled }) ? fail(message, advice) : warn(message, advice)
  })
}

/** Nothing to say of a fleet that the default throughput carries. */
export async function checkThroughput(fleet: DeployedFleet, { infrastructure }: Deployment): Found {
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

/** Accounts that are not registered any more, and nobody looks after. */
export async function checkUnregistered(fleet: DeployedFleet, deployment: Deployment): Found {
  const known = new Set(fleet.accounts.map(({ label }) => label))
  const left = (await deployment.openAccounts()).filter((label) => !known.has(label))
  return left.map((label) =>
    fail(
      `${label} is not registered any more and has open work, which nobody settles or cancels`,
      `Register it again with "enabled": false until nothing is open; torghut orders --account ${label} --stage ${deployment.stage} shows it.`,
    ),
  )
}

/**
 * Asks the broker of each account that has credentials. Those whose lane cannot run for what was found are added to
 * `troubled`: the same cause needs no second finding.
 */
export async function checkBrokers(
  fleet: DeployedFleet,
  deployment: Deployment,
  troubled: Set<AccountLabel>,
): Found {
  const stored = new Set(await deployment.credentials.labels())
  const asked = fleet.accounts.filter((account) => runs(fleet, account))
  for (const { label } of asked) if (!stored.has(label)) troubled.add(label)
  const findings = await Promise.all(
    asked.filter(({ label }) => stored.has(label)).map((account) => askBroker(account, deployment)),
  )
  for (const { account, finding } of findings) if (finding.level === 'fail') troubled.add(account)
  return findings.map(({ finding }) => finding)
}

async function askBroker({ label, target }: AccountConfig, deployment: Deployment): Promise<AccountFinding> {
  const found = (finding: Told): AccountFinding => ({ account: label, finding })
  try {
    const { balance } = await (await accountBroker(deployment, label, target)).snapshot()
    if (balance.tradingBlocked) {
      const advice = 'Nothing is ordered. See the account at the broker: it says why, and lifts it.'
      return found(fail(`the broker blocks trading of ${label}`, advice))
    }
    return found(ok(`${label}: the broker answers, equity ${formatDecimal(balance.equity)}`))
  } catch (error) {
    if (!(error instanceof UnavailableError) && !(error instanceof ConfigurationError)) throw error
    if (error instanceof BrokerRefusedError && (error.status === 401 || error.status === 403)) {
      const put = `torghut accounts put-credentials ${label} --stage ${deployment.stage}`
      const advice = `Is ${target.baseUrl} the broker of this key, and what answers there? Else put another: ${put}`
      return found(fail(`the credentials of ${label} are refused (${error.status})`, advice))
    }
    const advice = error.advice ?? `Nothing is ordered meanwhile. Can ${target.baseUrl} be reached?`
    return found(fail(`the broker of ${label} cannot be asked: ${error.message}`, advice))
  }
}

/** Whether an account may get cycles; further ones also need the feature flag, which only the dispatcher asks. */
function runs(
  { settings }: DeployedFleet,
  { label, enabled }: Pick<AccountConfig, 'label' | 'enabled'>,
): boolean {
  return enabled && (label === settings.accountLabel || settings.multiAccountEnabled)
}

export async function checkLanes(
  fleet: DeployedFleet,
  deployment: Deployment,
  troubled: ReadonlySet<AccountLabel>,
): Found {
  const { stores, clock, stage } = deployment
  const { accounts, settings } = fleet
  const running = accounts.filter((account) => runs(fleet, account))
  const statuses = await Promise.all(
    running.map(({ label }) => readLaneStatus(stores, label, settings.signalSource, clock.now())),
  )
  return statuses.map(({ account, lane, lag, lastCommitAgeSeconds: age, unsettled }) => {
    if (lane === null) {
      if (troubled.has(account)) return ok(`${account} has had no cycle yet`)
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
    if (!troubled.has(account) && (lag ?? 0) > 0 && (age === null || age > QUIET_SECONDS)) {
      return warn(
        `${what}, last commit ${age === null ? 'never' : `${age} s ago`}`,
        `See: torghut logs --account ${account} --stage ${stage}`,
      )
    }
    return ok(what)
  })
}

/**
 * A whole stage at a glance, put together from what can be had: bad flags or a bad registry hide no open order, and an
 * account that is not registered any more shows as long as it has open work.
 */
import type { AccountLabel } from '../domain/account-label.ts'
import { ConfigurationError, StateError, TorghutError } from '../domain/errors.ts'
import { SETTING_DEFINITIONS } from '../flags/definitions.ts'
import type { Fleet } from '../flags/fleet.ts'
import { resolveKillSwitch } from '../flags/resolve.ts'
import type { RawValues } from '../domain/settings.ts'
import { fleetInForce } from '../lanes/read-fleet.ts'
import type { Deployment } from './deployment.ts'
import { readLaneStatus, readQueueStatus, type LaneStatus, type QueueStatus } from './lane-status.ts'
import { readMarketData, type MarketDataStatus } from './market-data-status.ts'
import { failureOf, readTroubles, type Failure, type Troubles } from './troubles.ts'

export type SwitchState = ReturnType<typeof resolveKillSwitch>

export interface AccountStatus {
  readonly account: AccountLabel
  /** Null: the registry cannot be read. */
  readonly registered: boolean | null
  readonly killSwitch: SwitchState
  /** Null: its state cannot be read, and `problem` says why. */
  readonly lane: LaneStatus | null
  readonly problem: string | null
  readonly lastFailure: Failure | null
}

export interface StageStatus {
  readonly killSwitch: SwitchState
  /** What is wrong with flags or registry; null when nothing is. */
  readonly flagsProblem: TorghutError | null
  readonly accounts: readonly AccountStatus[]
  readonly queues: readonly QueueStatus[]
  /** Null: the deployment reads no bars itself, or its flags cannot be read. */
  readonly marketData: MarketDataStatus | null
  /** Null: there are no logs. */
  readonly troubles: Troubles | null
}

type StatusDeployment = Pick<
  Deployment,
  'flags' | 'infrastructure' | 'stores' | 'queues' | 'logs' | 'clock' | 'credentials' | 'openAccounts'
>

/** @throws UnavailableError */
export async function readStageStatus(deployment: StatusDeployment): Promise<StageStatus> {
  const { flags, infrastructure, queues, logs, clock, openAccounts } = deployment
  const [overlay, variables, open, queueStatus, troubles] = await Promise.all([
    flags.readAll(),
    infrastructure.functionFlags('lane'),
    openAccounts(),
    readQueueStatus(queues),
    readTroubles(logs, clock.now()),
  ])
  const environment = variables ?? {}
  const fleet = await fleetOrProblem(environment, overlay, deployment)
  const registered = fleet instanceof TorghutError ? null : fleet.accounts.map(({ label }) => label)
  const known = registered ?? (await deployment.credentials.labels())
  const source =
    fleet instanceof TorghutError ? sourceAmong({ ...environment, ...overlay }) : fleet.settings.signalSource
  const labels = [...known, ...open.filter((label) => !known.includes(label))]
  const accounts = await Promise.all(
    labels.map(async (account): Promise<AccountStatus> => {
      const { lane, problem } = await laneOrProblem(deployment, account, source)
      return {
        account,
        registered: registered === null ? null : registered.includes(account),
        killSwitch: resolveKillSwitch(environment, overlay, account),
        lane,
        problem,
        lastFailure: troubles === null ? null : failureOf(troubles, account),
      }
    }),
  )
  return {
    killSwitch: resolveKillSwitch(environment, overlay),
    flagsProblem: fleet instanceof TorghutError ? fleet : null,
    accounts,
    queues: queueStatus,
    marketData: fleet instanceof TorghutError ? null : await readMarketData(fleet.settings, deployment),
    troubles,
  }
}

async function fleetOrProblem(
  environment: RawValues,
  overlay: RawValues,
  { stores }: StatusDeployment,
): Promise<Fleet | ConfigurationError | StateError> {
  try {
    return await fleetInForce(environment, overlay, stores.roster)
  } catch (error) {
    if (error instanceof ConfigurationError || error instanceof StateError) return error
    throw error
  }
}

/** The source that the flags name, as far as that one can be read. */
function sourceAmong(values: RawValues): string {
  const { name, kind, default: fallback } = SETTING_DEFINITIONS.signalSource
  return kind.parse(values[name] ?? fallback)?.value ?? fallback
}

async function laneOrProblem(
  { stores, clock }: StatusDeployment,
  account: AccountLabel,
  source: string,
): Promise<Pick<AccountStatus, 'lane' | 'problem'>> {
  try {
    return { lane: await readLaneStatus(stores, account, source, clock.now()), problem: null }
  } catch (error) {
    if (error instanceof StateError) return { lane: null, problem: error.message }
    throw error
  }
}

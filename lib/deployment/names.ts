/**
 * What everything of a deployed stage is called. One place, so that the stack, the functions and the command
 * line agree without asking each other.
 *
 * Invariants: names depend on the stage alone; they never change for an existing stage, since a renamed table,
 * queue or parameter would be a new, empty one.
 */
import type { AccountLabel } from '../domain/account-label.ts'
import type { FunctionName, QueueName } from '../domain/deployment-parts.ts'

declare const stageBrand: unique symbol
/** One deployment of the system in an AWS account and region, e.g. `dev` or `prod`. */
export type Stage = string & { readonly [stageBrand]: true }

export const STAGE_PATTERN = /^[a-z][a-z0-9-]{0,15}$/

export function parseStage(text: string): Stage | null {
  return STAGE_PATTERN.test(text) ? (text as Stage) : null
}

/** The sparse index of the state table (docs/architecture.md#state). */
export const OPEN_INDEX = 'open'
/** The state table's partitions that the dispatcher may read: the strategy catalog and the account roster. */
export const CATALOG_PARTITION = 'catalog'
export const ACCOUNTS_PARTITION = 'accounts'
/** Begins the partitions in which it notes what ticks after signals wait. */
export const WAITING_TICK_PARTITION = 'waiting_tick#'
/** Who forwards which account's trade updates. */
export const FORWARDERS_PARTITION = 'forwarders'

/** An account's partition of the state table, and of its index. */
export function accountPartition(account: AccountLabel): string {
  return `account#${account}`
}

export interface DeploymentNames {
  readonly stack: string
  readonly stateTable: string
  readonly signalTable: string
  readonly schedule: string
  readonly digestSchedule: string
  readonly marketDataSchedule: string
  readonly alarmTopic: string
  /** What runs the forwarders, and the start of each one's name. */
  readonly forwarder: string
  readonly forwarderLogGroup: string
  /** No trailing slash. */
  readonly flagsPath: string
  readonly killSwitchParameter: string
  /** No trailing slash; one SecureString per account label beneath it. */
  readonly credentialsPath: string
  readonly credentialsKeyAlias: string
  function(name: FunctionName): string
  logGroup(name: FunctionName): string
  queue(name: QueueName): string
  deadLetterQueue(name: QueueName): string
}

export function deploymentNames(stage: Stage): DeploymentNames {
  const prefix = `torghut-${stage}`
  const flagsPath = `/torghut/${stage}/flags`
  return {
    stack: prefix,
    stateTable: `${prefix}-state`,
    signalTable: `${prefix}-signals`,
    schedule: `${prefix}-tick`,
    digestSchedule: `${prefix}-digest`,
    marketDataSchedule: `${prefix}-market-data`,
    alarmTopic: `${prefix}-alarms`,
    forwarder: `${prefix}-forwarder`,
    forwarderLogGroup: `/torghut/${stage}/forwarder`,
    flagsPath,
    killSwitchParameter: `${flagsPath}/TRADING_KILL_SWITCH_ENABLED`,
    credentialsPath: `/torghut-credentials/${stage}`,
    credentialsKeyAlias: `alias/${prefix}-credentials`,
    function: (name) => `${prefix}-${name}`,
    logGroup: (name) => `/torghut/${stage}/${name}`,
    queue: (name) => `${prefix}-${name}.fifo`,
    deadLetterQueue: (name) => `${prefix}-${name}-dead-letter.fifo`,
  }
}

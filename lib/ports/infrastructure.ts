/** What of a deployed stage is there, for operators. Absent things are null; what cannot be asked throws. */
import type { FunctionName } from '../domain/deployment-parts.ts'
import type { RawValues } from '../domain/settings.ts'

export interface DeployedSchedule {
  readonly enabled: boolean
  /** `cron(...)` or `rate(...)`. */
  readonly expression: string
  readonly timeZone: string
  /** When lanes run their cycles: `always` or `cron(...)`; null when the dispatcher does not say. */
  readonly tradingWindow: string | null
}

/** Who has subscribed to the alarms; a pending one is not told anything. */
export interface AlarmSubscriptions {
  readonly confirmed: number
  readonly pending: number
}

/** Every method @throws UnavailableError, or ConfigurationError for missing permissions. */
export interface Infrastructure {
  /** Whose credentials these are. */
  identity(): Promise<{ readonly account: string; readonly principal: string }>
  /** CloudFormation's word, e.g. `CREATE_COMPLETE`. */
  stackStatus(): Promise<string | null>
  /** DynamoDB's word, e.g. `ACTIVE`. */
  tableStatus(table: string): Promise<string | null>
  /** Whether Parameter Store's higher throughput is switched on in this AWS account and region. */
  highParameterThroughput(): Promise<boolean>
  schedule(): Promise<DeployedSchedule | null>
  /** Null when there is no topic. */
  alarmSubscriptions(): Promise<AlarmSubscriptions | null>
  /** A function's environment, in which nothing is secret. */
  functionEnvironment(name: FunctionName): Promise<RawValues | null>
  /** The flags and settings (`TRADING_*`) of it. */
  functionFlags(name: FunctionName): Promise<RawValues | null>
}

/** The environment of a function that acts with an account's key: both tables, flags and credentials, and what it makes records by. */
import type { Credentials } from './credentials.ts'
import type { Flags } from './flags.ts'
import type { Tables } from './tables.ts'
import type { FunctionDefaults } from './torghut-function.ts'

export interface AccountFunctionProps {
  readonly defaults: FunctionDefaults
  readonly tables: Tables
  readonly flags: Flags
  readonly credentials: Credentials
}

export function accountEnvironment({ defaults, tables, flags, credentials }: AccountFunctionProps) {
  return {
    STATE_TABLE_NAME: tables.state.tableName,
    SIGNAL_TABLE_NAME: tables.signals.tableName,
    FLAGS_PATH: flags.path,
    CREDENTIALS_PATH: credentials.path,
    TORGHUT_RETENTION_DAYS: String(defaults.retentionDays),
    TORGHUT_CODE_VERSION: defaults.codeVersion,
  }
}

/** Wires a lane's run to AWS: tables, parameters, credentials, the broker, the compiled catalog. */
import type { SSMClient } from '@aws-sdk/client-ssm'
import type { Context } from 'aws-lambda'
import { randomUUID } from 'node:crypto'
import { AlpacaGateway } from '../../lib/adapters/alpaca/gateway.ts'
import { dynamoClient } from '../../lib/adapters/dynamodb/table/client.ts'
import { dynamoStores } from '../../lib/adapters/dynamodb/stores.ts'
import { readCredentials } from '../../lib/adapters/ssm/credentials.ts'
import { ParameterKillSwitch } from '../../lib/adapters/ssm/kill-switch.ts'
import type { FunctionEnvironment } from '../../lib/deployment/function-environment.ts'
import { keptCalendars } from '../../lib/market/calendar/create-calendar.ts'
import { asEpochMs } from '../../lib/domain/time.ts'
import type { TickMessage } from '../../lib/domain/tick-message.ts'
import type { ReconcileLaneDeps } from '../../lib/lanes/reconcile-lane.ts'
import { parseSettings } from '../../lib/flags/parse-settings.ts'
import { resolveFleet } from '../../lib/flags/fleet.ts'
import { createClaimPolicy } from '../../lib/orders/claims.ts'
import type { PermissionSource } from '../../lib/ports/permission-source.ts'
import type { FlagSource } from '../../lib/ports/flag-source.ts'
import { deployedRegistry } from '../../plugins/registry.ts'
import { catalogCompiler } from '../../lib/lanes/catalog-compiler.ts'
import { systemClock } from '../../lib/adapters/system/system-clock.ts'
import type { Observed } from './process.ts'
import { parameterFlags, ssmClient } from './parameters.ts'

/** What a process keeps between invocations. */
export class LaneRuntime {
  readonly #environment: FunctionEnvironment<'lane'>
  readonly #telemetry: Observed['telemetry']
  readonly #ssm: SSMClient = ssmClient()
  readonly #flags: FlagSource
  readonly #kept: Omit<ReconcileLaneDeps, 'gateway' | 'claims' | 'permissions' | 'time'>

  constructor(environment: FunctionEnvironment<'lane'>, telemetry: Observed['telemetry']) {
    this.#environment = environment
    this.#telemetry = telemetry
    const { FLAGS_PATH: path, STATE_TABLE_NAME: state, SIGNAL_TABLE_NAME: signals } = environment
    const retentionDays = Number(environment.TORGHUT_RETENTION_DAYS)
    const stores = dynamoStores(dynamoClient(), { state, signals }, systemClock, retentionDays)
    this.#flags = parameterFlags(this.#ssm, path)
    this.#kept = {
      ...stores,
      strategies: catalogCompiler(stores.catalog, deployedRegistry()),
      killSwitch: new ParameterKillSwitch({
        ssm: this.#ssm,
        path,
        environment: process.env,
        clock: systemClock,
        telemetry,
      }),
      calendar: keptCalendars(),
      clock: systemClock,
      telemetry,
      codeVersion: environment.TORGHUT_CODE_VERSION,
    }
  }

  /** What one invocation needs for the message's account. */
  wire(
    { account, settings }: TickMessage,
    context: Pick<Context, 'getRemainingTimeInMillis'>,
  ): ReconcileLaneDeps {
    const remainingMs = () => context.getRemainingTimeInMillis()
    const totalMs = remainingMs()
    const deadline = asEpochMs(systemClock.now() + totalMs)
    this.#telemetry.useOwnDimensionFor(parseSettings(settings).metricsAccounts)
    return {
      ...this.#kept,
      permissions: permissionsFrom(this.#flags),
      gateway: new AlpacaGateway({
        credentials: () => readCredentials(this.#ssm, this.#environment.CREDENTIALS_PATH, account.label),
      }),
      claims: createClaimPolicy({ randomness: { token: randomUUID }, deadline: () => deadline }),
      time: { totalMs, remainingMs },
    }
  }
}

/** Flags as they are in this invocation: one reading, younger than its beginning, so never older than 60 s. */
function permissionsFrom(flags: FlagSource): PermissionSource {
  const begun = systemClock.monotonic()
  return {
    read: async (label) => {
      const { values } = await flags.read(systemClock.monotonic() - begun)
      const { settings, accounts } = resolveFleet(process.env, values)
      return { settings, account: accounts.find((account) => account.label === label) ?? null }
    },
  }
}

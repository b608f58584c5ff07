/**
 * The kill switch in Parameter Store (docs/architecture.md#order-firewall): environment OR global OR account
 * parameter, each read by name in one call.
 *
 * Invariants: a process keeps a reading at most 3 s; absent, unreadable or unparsable counts as on; the age of
 * a reading counts from its beginning.
 */
import { GetParametersCommand, type Parameter, type SSMClient } from '@aws-sdk/client-ssm'
import { KILL_SWITCH } from '../../flags/definitions.ts'
import type { RawValues } from '../../domain/settings.ts'
import { accountKillSwitchKey, resolveKillSwitch } from '../../flags/resolve.ts'
import type { AccountLabel } from '../../domain/account-label.ts'
import type { Clock } from '../../ports/clock.ts'
import type { KillSwitch, KillSwitchReading } from '../../ports/kill-switch.ts'
import type { Telemetry } from '../../ports/telemetry.ts'

/** So that 500 lanes stay inside Parameter Store's default rate. */
const KEPT_MS = 3000

export interface ParameterKillSwitchOptions {
  readonly ssm: SSMClient
  /** The flags' path, without a trailing slash. */
  readonly path: string
  readonly environment: RawValues
  readonly clock: Clock
  readonly telemetry: Telemetry
}

export class ParameterKillSwitch implements KillSwitch {
  readonly #options: ParameterKillSwitchOptions
  readonly #kept = new Map<AccountLabel, KillSwitchReading>()

  constructor(options: ParameterKillSwitchOptions) {
    this.#options = options
  }

  async read(account: AccountLabel): Promise<KillSwitchReading> {
    const { clock, telemetry } = this.#options
    const kept = this.#kept.get(account)
    const readAt = clock.monotonic()
    if (kept !== undefined && kept.state !== 'unreadable' && readAt - kept.readAt <= KEPT_MS) return kept
    try {
      const reading = { ...(await this.#ask(account)), readAt }
      this.#kept.set(account, reading)
      return reading
    } catch (cause) {
      telemetry.record('error', 'the kill switch cannot be read: no order is sent', { account }, cause)
      return { state: 'unreadable', version: 'unreadable', readAt }
    }
  }

  async #ask(account: AccountLabel): Promise<Pick<KillSwitchReading, 'state' | 'version'>> {
    const { ssm, path, environment } = this.#options
    const keys = [KILL_SWITCH, accountKillSwitchKey(account)]
    const answer = await ssm.send(new GetParametersCommand({ Names: keys.map((key) => `${path}/${key}`) }))
    const byKey = new Map(
      answer.Parameters?.map((parameter) => [parameter.Name?.slice(path.length + 1), parameter]),
    )
    const found = keys.flatMap((key): [string, Parameter][] => {
      const parameter = byKey.get(key)
      return parameter === undefined ? [] : [[key, parameter]]
    })
    const overlay = Object.fromEntries(found.map(([key, { Value }]) => [key, Value]))
    return {
      state: resolveKillSwitch(environment, overlay, account),
      version: keys.map((key) => byKey.get(key)?.Version ?? '-').join('/'),
    }
  }
}

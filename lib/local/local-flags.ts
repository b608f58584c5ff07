/**
 * Flags on a laptop: `.torghut/flags.json` over the environment over the profile. The file is read anew each
 * time it is asked for, so that `torghut kill on` works while a run is under way.
 */
import { readFlagsFile } from '../adapters/files/flags-file.ts'
import { byKey } from '../domain/compare.ts'
import type { RawValues } from '../domain/settings.ts'
import { resolveKillSwitch } from '../flags/resolve.ts'
import type { AccountLabel } from '../domain/account-label.ts'
import { ConfigurationError, UnavailableError } from '../domain/errors.ts'
import { sha256Hex } from '../domain/ids.ts'
import { type Fleet, resolveFleet } from '../flags/fleet.ts'
import type { Clock } from '../ports/clock.ts'
import type { FlagReading, FlagSource } from '../ports/flag-source.ts'
import type { KillSwitch, KillSwitchReading } from '../ports/kill-switch.ts'
import type { PermissionSource } from '../ports/permission-source.ts'
import { profileOverlay } from './profile.ts'

export interface LocalFlags {
  readonly source: FlagSource
  readonly killSwitch: KillSwitch
  readonly permissions: PermissionSource
  /** All of it as it is now. @throws ConfigurationError with every violation. */
  fleet(): Promise<Fleet>
}

/** `environment` is the profile's (`profileEnvironment`). */
export function localFlags(file: string, environment: RawValues, clock: Clock): LocalFlags {
  const read = async (): Promise<FlagReading> => {
    const readAt = clock.monotonic()
    return { values: profileOverlay(await readFlagsFile(file)), readAt }
  }
  const fleet = async () => resolveFleet(environment, (await read()).values)
  return {
    fleet,
    source: { read },
    killSwitch: { read: (account) => readKillSwitch(account, read, environment, clock) },
    permissions: {
      async read(account) {
        const { settings, accounts } = await fleet().catch((cause: unknown) => {
          if (!(cause instanceof ConfigurationError)) throw cause
          throw new UnavailableError('the flags cannot be read', { cause })
        })
        return { settings, account: accounts.find(({ label }) => label === account) ?? null }
      },
    },
  }
}

async function readKillSwitch(
  account: AccountLabel,
  read: () => Promise<FlagReading>,
  environment: RawValues,
  clock: Clock,
): Promise<KillSwitchReading> {
  try {
    const { values, readAt } = await read()
    const version = sha256Hex(canonicalText(values)).slice(0, 12)
    return { state: resolveKillSwitch(environment, values, account), version, readAt }
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    return { state: 'unreadable', version: 'unreadable', readAt: clock.monotonic() }
  }
}

function canonicalText(values: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(values).sort(byKey))
}

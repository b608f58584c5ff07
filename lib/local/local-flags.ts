/**
 * Flags on a laptop: `.torghut/flags.json` over the environment over the profile. The kill switch is read anew each
 * time it is asked for, so that `torghut kill on` works while a run is under way.
 */
import { readFlagsFile } from '../adapters/files/flags-file.ts'
import { byKey } from '../domain/compare.ts'
import type { RawValues } from '../domain/settings.ts'
import { resolveKillSwitch } from '../flags/resolve.ts'
import type { AccountLabel } from '../domain/account-label.ts'
import { ConfigurationError } from '../domain/errors.ts'
import { sha256Hex } from '../domain/ids.ts'
import type { Clock } from '../ports/clock.ts'
import type { FlagReading, FlagSource } from '../ports/flag-source.ts'
import type { KillSwitch, KillSwitchReading } from '../ports/kill-switch.ts'
import { profileOverlay } from './profile.ts'

export interface LocalFlags {
  readonly source: FlagSource
  readonly killSwitch: KillSwitch
}

/** `environment` is the profile's (`profileEnvironment`). */
export function localFlags(file: string, environment: RawValues, clock: Clock): LocalFlags {
  let last: FlagReading | null = null
  const read = async (maxAgeMs: number): Promise<FlagReading> => {
    const readAt = clock.monotonic()
    if (last !== null && readAt - last.readAt <= maxAgeMs) return last
    last = { values: profileOverlay(await readFlagsFile(file)), readAt }
    return last
  }
  return {
    source: { read },
    killSwitch: { read: (account) => readKillSwitch(account, read, environment, clock) },
  }
}

async function readKillSwitch(
  account: AccountLabel,
  read: FlagSource['read'],
  environment: RawValues,
  clock: Clock,
): Promise<KillSwitchReading> {
  try {
    const { values, readAt } = await read(0)
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

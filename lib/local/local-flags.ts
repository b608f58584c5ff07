/**
 * Flags on a laptop: `.torghut/flags.json` over the environment over the profile. What permits an order is read anew in
 * each tick, so that `torghut kill on` works while a run is under way.
 */
import { readFlagsFile } from '../adapters/files/flags-file.ts'
import { byKey } from '../domain/compare.ts'
import { ConfigurationError, UnavailableError } from '../domain/errors.ts'
import { sha256Hex } from '../domain/ids.ts'
import { ageOf, momentOf } from '../domain/time.ts'
import type { Clock } from '../ports/clock.ts'
import type { FlagReading, FlagSource } from '../ports/flag-source.ts'
import { profileOverlay } from './profile.ts'

export function localFlags(file: string, clock: Clock): FlagSource {
  let last: FlagReading | null = null
  const read = async (maxAgeMs: number): Promise<FlagReading> => {
    const readAt = momentOf(clock)
    if (last !== null && ageOf(last, readAt) <= maxAgeMs) return last
    last = { values: profileOverlay(await readFlagsFile(file)), readAt }
    return last
  }
  return {
    read,
    readNamed: async (names) => {
      const { values, readAt } = await read(0).catch(asUnavailable)
      const version = sha256Hex(canonicalText(values)).slice(0, 12)
      const found = Object.entries(values).filter(([name]) => names.includes(name))
      const versions = Object.fromEntries(found.map(([name]) => [name, version]))
      return { values: Object.fromEntries(found), versions, readAt }
    },
  }
}

/** A file that cannot be understood permits nothing, like one that cannot be read. */
function asUnavailable(cause: unknown): never {
  if (!(cause instanceof ConfigurationError)) throw cause
  throw new UnavailableError('the flags cannot be read', { cause })
}

function canonicalText(values: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(values).sort(byKey))
}

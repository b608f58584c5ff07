/** The option `--since`: how long ago (`15m`, `2h`, `3d`), or an instant. */
import { InvalidArgumentError } from 'commander'
import { asEpochMs, parseInstant, type EpochMs } from '../../domain/time.ts'

/** The instant that `--since` names, seen from `now`. */
export type Since = (now: EpochMs) => EpochMs

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** A parser for commander. */
export function parseSince(text: string): Since {
  const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  if (count !== undefined) return (now) => asEpochMs(now - Number(count) * (UNITS[unit] ?? 0))
  const at = parseInstant(text)
  if (at === null)
    throw new InvalidArgumentError('Allowed: 90s, 15m, 2h, 3d, or an ISO-8601 time with a zone.')
  return () => at
}

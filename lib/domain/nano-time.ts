/**
 * The broker's instants, which are nanoseconds: of two reports within a millisecond, which came first still counts.
 * Ours stay milliseconds (`time.ts`).
 */
import { asEpochMs, formatInstant, parseInstant, type EpochMs } from './time.ts'

declare const epochNsBrand: unique symbol
/** An instant: nanoseconds since 1970-01-01T00:00:00Z. */
export type EpochNs = bigint & { readonly [epochNsBrand]: true }

const NS_PER_MS = 1_000_000n
/** What `parseInstant` passes over: the digits behind the milliseconds. */
const BEHIND_MILLISECONDS = /\.\d{3}(\d{1,6})/

export function epochNsOf(at: EpochMs): EpochNs {
  return (BigInt(at) * NS_PER_MS) as EpochNs
}

/** Reads an instant as `parseInstant` does, to the ninth digit. */
export function parseEpochNs(text: string): EpochNs | null {
  const milliseconds = parseInstant(text)
  if (milliseconds === null) return null
  const behind = BEHIND_MILLISECONDS.exec(text)?.[1] ?? ''
  return (epochNsOf(milliseconds) + BigInt(behind.padEnd(6, '0'))) as EpochNs
}

/** ISO-8601 UTC text; as many digits as are needed: a whole millisecond looks as `formatInstant` writes it. */
export function formatEpochNs(at: EpochNs): string {
  const behind = ((at % NS_PER_MS) + NS_PER_MS) % NS_PER_MS
  const milliseconds = asEpochMs(Number((at - behind) / NS_PER_MS))
  if (behind === 0n) return formatInstant(milliseconds)
  const digits = behind.toString().padStart(6, '0').replace(/0+$/, '')
  return `${new Date(milliseconds).toISOString().slice(0, -1)}${digits}Z`
}

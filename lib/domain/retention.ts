/**
 * How long rows, records and events are kept (docs/architecture.md#retention). The store's time-to-live removes
 * items some time after their expiry, in no order; readers count them as gone from the expiry on.
 */
import type { EpochMs } from './time.ts'

/** Null: kept for ever. */
export type RetentionDays = number | null

const SECONDS_PER_DAY = 86_400

/** The expiry of something written now, in epoch seconds as time-to-live wants it; null for none. */
export function expiryAfter(now: EpochMs, retention: RetentionDays): number | null {
  return retention === null ? null : Math.ceil(now / 1000) + Math.ceil(retention * SECONDS_PER_DAY)
}

/** Whether an expiry in epoch seconds has been reached. */
export function isPast(expiresAt: number | null, now: EpochMs): boolean {
  return expiresAt !== null && expiresAt * 1000 <= now
}

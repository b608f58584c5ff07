/** When the items of a signal log expire, so that rows do in the order of their positions, and markers after them. Pure. */
import type { HighWaterMark } from '../ports/signal-rows.ts'

/** A marker outlives its row, so that a row is never stored a second time while it lives. */
const MARKER_EXTRA_SECONDS = 86_400

export function markerExpiry(rowExpiresAt: number | null): number | null {
  return rowExpiresAt === null ? null : rowExpiresAt + MARKER_EXTRA_SECONDS
}

/** The expiry of a row at the mark: not before the mark's, which tells unfilled rows from removed ones. */
export function atLeast(own: number | null, mark: HighWaterMark | null): number | null {
  const reserved = mark?.rowExpiresAt ?? null
  return own === null || reserved === null ? null : Math.max(own, reserved)
}

/** The expiry of a row above the mark: rows expire in the order of their positions, whatever the clocks. */
export function afterBelow(own: number | null, below: HighWaterMark | null): number | null {
  const before = below?.rowExpiresAt ?? null
  return own === null || before === null ? own : Math.max(own, before)
}

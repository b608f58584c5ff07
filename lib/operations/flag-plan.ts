/**
 * What a change of flags would do: each flag from old to new, everything that is wrong with the new values, and
 * what speaks against the step (docs/architecture.md#flags). Pure.
 */
import { FALLBACK_LEGACY, KILL_SWITCH } from '../flags/definitions.ts'
import type { RawValues } from '../domain/settings.ts'
import { checkOverlayFlag, resolveKillSwitch } from '../flags/resolve.ts'
import { ConfigurationError } from '../domain/errors.ts'
import { resolveListedFleet, type Fleet } from '../flags/fleet.ts'
import { orderWarnings } from './rollout.ts'

export interface FlagChange {
  readonly name: string
  readonly before: string | null
  /** Null: it is taken away, and what lies beneath it applies. */
  readonly after: string | null
}

export interface FlagPlan {
  readonly changes: readonly FlagChange[]
  readonly warnings: readonly string[]
}

/** Values by name; null takes one away. */
export type WantedFlags = Readonly<Record<string, string | null>>

/** The overlay after a change. */
export function overlayWith(overlay: RawValues, wanted: WantedFlags): RawValues {
  const entries = Object.entries({ ...overlay, ...wanted })
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}

/** Turning a protection off wants a confirmation (docs/architecture.md#flags). */
export function wantsConfirmation(name: string, value: string | null): boolean {
  // without them the global switch counts as on, and the fallback is on
  if (value === null) return name !== KILL_SWITCH && name.endsWith(KILL_SWITCH)
  return value !== 'true' && (name === FALLBACK_LEGACY || name.endsWith(KILL_SWITCH))
}

/**
 * Plans the changes over an overlay and the environment beneath it. What was wrong before is no reason to refuse a
 * change that is allowed by itself, since it may be the one that mends it.
 * @throws ConfigurationError with every bad name and value, when allowed values contradict each other, and for an
 *   account registry that cannot be used
 */
export function planFlags(environment: RawValues, overlay: RawValues, wanted: WantedFlags): FlagPlan {
  checkWanted(wanted)
  const after = overlayWith(overlay, wanted)
  const changes = Object.entries(wanted).map(([name, value]) => ({
    name,
    before: overlay[name] ?? null,
    after: value,
  }))
  const before = fleetOrNull(environment, overlay)
  if (before === null) return { changes, warnings: [] }
  const { settings } = resolveListedFleet(environment, after)
  const killSwitchOn = resolveKillSwitch(environment, overlay) !== 'off'
  return { changes, warnings: orderWarnings({ settings: before.settings, killSwitchOn }, { settings }) }
}

/** @throws ConfigurationError with every bad name and value */
export function checkWanted(wanted: WantedFlags): void {
  const violations = Object.entries(wanted).flatMap(([name, value]) =>
    value === null ? [] : checkOverlayFlag(name, value),
  )
  if (violations.length === 0) return
  throw new ConfigurationError('The flag', violations, { advice: '`torghut flags` lists all of them.' })
}

/** What is in force, but for the accounts of a roster; null when the flags cannot be used as they are. */
export function fleetOrNull(environment: RawValues, overlay: RawValues): Fleet | null {
  try {
    return resolveListedFleet(environment, overlay)
  } catch (error) {
    if (error instanceof ConfigurationError) return null
    throw error
  }
}

/**
 * What a change of flags would do: each flag from old to new, everything that is wrong with the new values, and
 * what speaks against the step (docs/architecture.md#flags). Pure.
 */
import { FALLBACK_LEGACY, KILL_SWITCH } from '../flags/definitions.ts'
import type { RawValues, Settings } from '../domain/settings.ts'
import { checkOverlayFlag, resolveKillSwitch } from '../flags/resolve.ts'
import { ConfigurationError } from '../domain/errors.ts'
import { resolveFleet } from '../flags/fleet.ts'
import { orderWarnings } from './rollout.ts'

export interface FlagChange {
  readonly name: string
  readonly before: string | null
  readonly after: string
}

export interface FlagPlan {
  readonly changes: readonly FlagChange[]
  readonly warnings: readonly string[]
}

/** Turning a protection off wants a confirmation (docs/architecture.md#flags). */
export function wantsConfirmation(name: string, value: string): boolean {
  return value !== 'true' && (name === FALLBACK_LEGACY || name.endsWith(KILL_SWITCH))
}

/**
 * Plans the changes over an overlay and the environment beneath it. What was wrong before is no reason to refuse a
 * change that is allowed by itself, since it may be the one that mends it.
 * @throws ConfigurationError with every bad name and value, when allowed values contradict each other, and for an
 *   account registry that cannot be used
 */
export function planFlags(
  environment: RawValues,
  overlay: RawValues,
  wanted: Readonly<Record<string, string>>,
): FlagPlan {
  checkWanted(wanted)
  const after = { ...overlay, ...wanted }
  const changes = Object.entries(wanted).map(([name, value]) => ({
    name,
    before: overlay[name] ?? null,
    after: value,
  }))
  const settingsBefore = settingsOrNull(environment, overlay)
  if (settingsBefore === null) return { changes, warnings: [] }
  const { settings } = resolveFleet(environment, after)
  const killSwitchOn = resolveKillSwitch(environment, overlay) !== 'off'
  return { changes, warnings: orderWarnings({ settings: settingsBefore, killSwitchOn }, { settings }) }
}

/** @throws ConfigurationError with every bad name and value */
export function checkWanted(wanted: Readonly<Record<string, string>>): void {
  const violations = Object.entries(wanted).flatMap(([name, value]) => checkOverlayFlag(name, value))
  if (violations.length === 0) return
  throw new ConfigurationError('The flag', violations, { advice: '`torghut flags` lists all of them.' })
}

function settingsOrNull(environment: RawValues, overlay: RawValues): Settings | null {
  try {
    return resolveFleet(environment, overlay).settings
  } catch (error) {
    if (error instanceof ConfigurationError) return null
    throw error
  }
}

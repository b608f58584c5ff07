/** The layers that a flag's value may come from, and the rows in which `torghut flags` shows them. */
import { FLAG_DEFINITIONS, FLAG_NAMES, KILL_SWITCH } from '../../flags/definitions.ts'
import { flagDescription } from '../../flags/descriptions.ts'
import { NONE } from '../../flags/kinds.ts'
import { killSwitchState } from '../../flags/parse-settings.ts'
import type { RawValues } from '../../domain/settings.ts'
import { resolveFlags } from '../../flags/resolve.ts'
import type { FlagAccess } from '../context.ts'
import type { FlagTarget } from '../target.ts'

export interface FlagRow {
  readonly name: string
  readonly value: string
  readonly source: string
  readonly default: string
  readonly allowed: string
  readonly description: string
}

const OWN_SWITCH = { allowed: 'true, false', description: "An account's own kill switch" }
const FEATURE = { allowed: 'true, false, or a list of entities', description: 'A feature flag' }

/** Where a flag's value may come from. */
export interface Layers extends Pick<FlagAccess, 'profile'> {
  readonly place: string
  readonly stored: RawValues
  readonly environment: RawValues
}

export async function readLayers({ environment, store, profile }: FlagTarget): Promise<Layers> {
  return { place: store.place, stored: await store.readAll(), environment: await environment(), profile }
}

/** Raw values as the runtime gets them. @throws ConfigurationError */
export function resolveLayers(layers: Layers): Record<string, string> {
  return resolveFlags(beneathOf(layers), overlayOf(layers))
}

/** What stands over the environment. */
export function overlayOf({ stored, profile }: Layers): RawValues {
  return { ...profile.flags, ...stored }
}

/** The environment, and what it stands over. */
export function beneathOf({ environment, profile }: Layers): RawValues {
  return { ...profile.settings, ...environment }
}

/** Every flag, then what else is stored. */
export function flagRows(layers: Layers): FlagRow[] {
  return [...definedRows(layers), ...otherRows(layers)]
}

function definedRows(layers: Layers): FlagRow[] {
  return FLAG_DEFINITIONS.map(({ name, kind, default: byDefault }) => {
    const description = flagDescription(name)
    const { value, source } = valueOf(name, layers) ?? { value: byDefault, source: 'default' }
    return { name, value, source, default: byDefault, allowed: kind.allowed, description }
  })
}

function valueOf(
  name: string,
  { place, stored, environment, profile }: Layers,
): Pick<FlagRow, 'value' | 'source'> | null {
  // a kill switch that the environment turns on stays on, whatever is stored
  const environmentStops = name === KILL_SWITCH && killSwitchState(environment[name]) === 'on'
  const sources = [
    [environmentStops ? environment[name] : undefined, 'environment'],
    [stored[name], place],
    [profile.flags[name], 'profile'],
    [environment[name], 'environment'],
    [profile.settings[name], 'profile'],
  ] as const
  for (const [value, source] of sources) if (value !== undefined) return { value, source }
  return null
}

/** Accounts' kill switches, feature flags, and names that should not be there. */
function otherRows(layers: Layers): FlagRow[] {
  const names = Object.keys({ ...layers.profile.flags, ...layers.stored })
  const others = names.filter((name) => !FLAG_NAMES.includes(name))
  return others.map((name) => {
    const { value, source } = valueOf(name, layers) ?? { value: '', source: 'default' }
    const { allowed, description } = name.endsWith(KILL_SWITCH) ? OWN_SWITCH : FEATURE
    return { name, value, source, default: NONE, allowed, description }
  })
}

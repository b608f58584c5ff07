/**
 * Reads flags and settings from text, strictly: an unknown name or value is an error that names it and what
 * is allowed, never a silent default; all violations are reported together (docs/architecture.md#flags).
 */
import { ConfigurationError, type Violation } from '../domain/errors.ts'
import { didYouMean } from '../domain/did-you-mean.ts'
import { FLAG_DEFINITIONS, FLAG_NAMES, OTHER_DEFINITIONS, SETTING_DEFINITIONS } from './definitions.ts'
import type { FlagDefinition } from './flag-definition.ts'
import { madeOnce, type RawValues, type Settings } from '../domain/settings.ts'
import { describeFound, violation } from '../formats/violations.ts'

const PREFIX = 'TRADING_'
const definitionsByName: ReadonlyMap<string, FlagDefinition> = new Map(
  FLAG_DEFINITIONS.map((definition) => [definition.name, definition]),
)

/** Most settings are at their defaults, which are read once. */
const SETTINGS = Object.entries(SETTING_DEFINITIONS).map(([key, definition]) => ({
  key,
  definition,
  fallback: definition.kind.parse(definition.default),
}))

/**
 * Reads all settings; names without the prefix `TRADING_` are ignored. `sourceOf` says where a name's value
 * came from (a parameter's full name, say), for messages.
 * @throws ConfigurationError with every violation.
 */
export function parseSettings(
  values: RawValues,
  sourceOf: (name: string) => string = (name) => name,
): Settings {
  const violations = unknownNames(values, sourceOf)
  for (const { name } of OTHER_DEFINITIONS) {
    const text = values[name]
    if (text !== undefined) violations.push(...checkFlag(name, text, sourceOf(name)))
  }
  const settings: Record<string, unknown> = {}
  for (const { key, definition, fallback } of SETTINGS) {
    const text = values[definition.name]
    const parsed = text === undefined ? fallback : definition.kind.parse(text)
    if (parsed === null) violations.push(badValue(sourceOf(definition.name), definition, text ?? ''))
    else settings[key] = parsed.value
  }
  const candidate = settings as Partial<Settings>
  violations.push(...contradictions(candidate, sourceOf))
  if (violations.length > 0) {
    throw new ConfigurationError('The configuration', violations, {
      advice: 'Correct the values; `torghut flags` lists every name, its default and what is allowed.',
    })
  }
  return candidate as Settings
}

/** As `parseSettings`, for who reads the same values again and again: the settings of the last ones are kept. */
export function keptSettings(): (values: RawValues) => Settings {
  return madeOnce((values) => Object.freeze(parseSettings(values)))
}

/**
 * The violations of a single name and value, as somebody wants to set it; empty when it is allowed. `path`
 * is the name for messages.
 */
export function checkFlag(name: string, text: string, path = name): readonly Violation[] {
  const definition = definitionsByName.get(name)
  if (definition === undefined) return [unknownName(name, path)]
  return definition.kind.parse(text) === null ? [badValue(path, definition, text)] : []
}

/** What a kill switch's text says; whatever is not exactly `true` or `false` cannot be read. */
export function killSwitchState(text: string | undefined): 'on' | 'off' | 'unreadable' {
  if (text === 'true') return 'on'
  return text === 'false' ? 'off' : 'unreadable'
}

function unknownNames(values: RawValues, sourceOf: (name: string) => string): Violation[] {
  return Object.keys(values)
    .filter((name) => name.startsWith(PREFIX) && values[name] !== undefined && !definitionsByName.has(name))
    .sort()
    .map((name) => unknownName(name, sourceOf(name)))
}

function unknownName(name: string, path: string): Violation {
  return violation(path, 'an unknown name', 'a name that `torghut flags` lists', didYouMean(name, FLAG_NAMES))
}

function badValue(path: string, definition: FlagDefinition, text: string): Violation {
  const { allowed, choices } = definition.kind
  return violation(path, describeFound(text), allowed, didYouMean(text, choices))
}

function contradictions(settings: Partial<Settings>, sourceOf: (name: string) => string): Violation[] {
  const found: Violation[] = []
  if (settings.mode === 'live' && settings.calendar === 'always') {
    found.push(
      violation(
        sourceOf(SETTING_DEFINITIONS.calendar.name),
        '"always" in live mode',
        'us_equities in live mode',
      ),
    )
  }
  if (settings.featureFlagsProvider === 'ofrep' && settings.featureFlagsUrl === null) {
    found.push(
      violation(
        sourceOf(SETTING_DEFINITIONS.featureFlagsUrl.name),
        'none with the provider ofrep',
        'the http or https URL of the feature flag service',
      ),
    )
  }
  return found
}

/**
 * Which value of a flag applies: an overlay (Parameter Store, `.torghut/flags.json`) over the environment
 * over the default (docs/architecture.md#flags), and the kill switch, where every source can only add
 * safety: environment OR global OR account (docs/architecture.md#order-firewall).
 *
 * Invariant: the global kill switch in the overlay must be there and readable; the environment's and the
 * account's are optional, and one that is there must be readable. Anything else counts as on.
 */
import { ConfigurationError, type Violation } from '../domain/errors.ts'
import { ACCOUNT_LABEL_PATTERN, type AccountLabel } from '../domain/account-label.ts'
import { didYouMean } from '../domain/did-you-mean.ts'
import { FLAG_NAMES, KILL_SWITCH } from './definitions.ts'
import { checkFlag, killSwitchState } from './parse-settings.ts'
import type { RawValues } from '../domain/settings.ts'
import { describeFound, violation } from '../formats/violations.ts'

const ACCOUNT_KEY = /^accounts\/([^/]+)\/([^/]+)$/
const FEATURE_KEY = /^features\/([^/]+)$/
const ENTITY = /^[\w-]+:[\w-]+$/

/** The overlay's name of an account's own kill switch. */
export function accountKillSwitchKey(account: AccountLabel): string {
  return `accounts/${account}/${KILL_SWITCH}`
}

/** The overlay's name of a feature flag. */
export function featureKey(key: string): string {
  return `features/${key}`
}

/**
 * Merges the sources into raw values by name, without defaults, as a tick message carries them. The kill
 * switch becomes the environment's and the global one's answer; one that cannot be read is `true`.
 * @throws ConfigurationError when the overlay holds a name that does not exist.
 */
export function resolveFlags(environment: RawValues, overlay: RawValues): Record<string, string> {
  const violations = unknownOverlayNames(overlay)
  if (violations.length > 0) {
    throw new ConfigurationError('The flags', violations, { advice: 'Remove or rename these parameters.' })
  }
  const resolved: Record<string, string> = {}
  for (const name of settingNames(environment, overlay)) {
    const value = overlay[name] ?? environment[name]
    if (value !== undefined) resolved[name] = value
  }
  resolved[KILL_SWITCH] = resolveKillSwitch(environment, overlay) === 'off' ? 'false' : 'true'
  return resolved
}

/**
 * The kill switch of an account, or the global one without an account. `on` when any source says so,
 * `unreadable` when the global one is absent or any source cannot be parsed, otherwise `off`.
 */
export function resolveKillSwitch(
  environment: RawValues,
  overlay: RawValues,
  account?: AccountLabel,
): 'on' | 'off' | 'unreadable' {
  const states = [killSwitchState(overlay[KILL_SWITCH])]
  const optional = [
    environment[KILL_SWITCH],
    account === undefined ? undefined : overlay[accountKillSwitchKey(account)],
  ]
  for (const text of optional) if (text !== undefined) states.push(killSwitchState(text))
  if (states.includes('on')) return 'on'
  return states.includes('unreadable') ? 'unreadable' : 'off'
}

/**
 * What is wrong with one name and value of the overlay, as somebody wants to set it; empty when allowed.
 */
export function checkOverlayFlag(name: string, text: string): readonly Violation[] {
  if (name.startsWith('TRADING_')) return checkFlag(name, text)
  const violations = overlayNameViolation(name)
  if (violations.length > 0) return violations
  if (FEATURE_KEY.test(name)) return parseFeature(text) === null ? [badFeature(name, text)] : []
  return checkFlag(KILL_SWITCH, text, name)
}

/** Who a feature flag's parameter is on for: everybody, nobody, or a list of entities; null when it is no such text. */
export function parseFeature(text: string): boolean | readonly string[] | null {
  const trimmed = text.trim()
  if (trimmed === 'true' || trimmed === 'false') return trimmed === 'true'
  const entities = trimmed.split(',').map((entity) => entity.trim())
  return entities.every((entity) => ENTITY.test(entity)) ? entities : null
}

function badFeature(name: string, text: string): Violation {
  const allowed = 'true, false, or a list such as torghut:alpha,torghut:beta'
  return violation(name, describeFound(text), allowed, didYouMean(text, ['true', 'false']))
}

function settingNames(environment: RawValues, overlay: RawValues): Set<string> {
  const names = Object.keys({ ...environment, ...overlay })
  return new Set(names.filter((name) => name.startsWith('TRADING_')))
}

function unknownOverlayNames(overlay: RawValues): Violation[] {
  return Object.keys(overlay)
    .sort()
    .flatMap((name) => overlayNameViolation(name))
}

function overlayNameViolation(name: string): Violation[] {
  if (name.startsWith('TRADING_')) return [] // checked with the values, by parseSettings
  if (FEATURE_KEY.test(name)) return []
  const [, label, flag] = ACCOUNT_KEY.exec(name) ?? []
  const allowed = `a flag's name, accounts/<label>/${KILL_SWITCH} or features/<key>`
  if (label === undefined || flag === undefined) {
    return [violation(name || '(empty)', 'an unknown name', allowed, didYouMean(name, FLAG_NAMES))]
  }
  if (flag !== KILL_SWITCH || !ACCOUNT_LABEL_PATTERN.test(label)) {
    return [violation(name, 'an unknown name', allowed, didYouMean(flag, [KILL_SWITCH]))]
  }
  return []
}

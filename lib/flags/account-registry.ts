/**
 * The account registry `TRADING_ACCOUNTS_JSON` (docs/architecture.md#accounts). A bad registry is refused as a
 * whole, with all that is wrong in it: nothing is dispatched from a part of it.
 *
 * Invariants: labels are unique; a paper account's URL is Alpaca's paper one or on loopback, a live
 * account's is Alpaca's live one, so that no order can reach the other kind.
 */
import {
  ACCOUNT_LABEL_ALLOWED,
  ACCOUNT_LABEL_PATTERN,
  type AccountLabel,
  parseAccountLabel,
} from '../domain/account-label.ts'
import type { AccountConfig, BrokerTarget, TradingMode } from '../domain/account.ts'
import { ConfigurationError, type Violation } from '../domain/errors.ts'
import { ACCOUNTS_JSON } from './definitions.ts'
import { NONE } from './kinds.ts'
import type { Settings } from '../domain/settings.ts'
import { decodeWith, flag, isMap, list, oneOf, optional, text } from '../formats/codec.ts'
import { record } from '../formats/codec-records.ts'
import { describeFound, formatPath, violation } from '../formats/violations.ts'

/** Alpaca's Trading API, https://docs.alpaca.markets/docs/trading-api */
export const DEFAULT_BASE_URLS: Readonly<Record<TradingMode, string>> = {
  paper: 'https://paper-api.alpaca.markets',
  live: 'https://api.alpaca.markets',
}

const LOOPBACK = /^https?:\/\/(127(?:\.\d{1,3}){3}|localhost|\[::1\])(:\d{1,5})?$/

interface Entry {
  readonly label: AccountLabel
  readonly mode: TradingMode | null
  readonly enabled: boolean | null
  readonly baseUrl: string | null
  readonly strategies: readonly string[] | null
}

const registry = list(
  record<Entry>({
    label: text(ACCOUNT_LABEL_ALLOWED, ACCOUNT_LABEL_PATTERN),
    mode: optional(oneOf('paper', 'live')),
    enabled: optional(flag),
    baseUrl: optional(text('an http or https URL', /^https?:\/\/\S+$/)),
    strategies: optional(list(text('a strategy id'), 'a list of strategy ids')),
  }),
  'a list of accounts, or {accounts: [...]}',
)

/**
 * Reads the registry; without one (undefined, `none` or an empty list) the single account that the settings
 * name. Accounts keep the order of the registry.
 * @throws ConfigurationError with every violation; the text itself is never repeated as a whole.
 */
export function parseAccounts(json: string | undefined, settings: Settings): AccountConfig[] {
  if (json === undefined || json.trim() === NONE) return [singleAccount(settings)]
  const { entries, path } = unwrap(parseJson(json))
  const locate = (rest: readonly PropertyKey[]) => `${ACCOUNTS_JSON} ${formatPath([...path, ...rest])}`.trim()
  const decoded = decodeWith(registry, entries, locate)
  if (decoded.kind === 'invalid') {
    throw refused([...decoded.violations, ...crossViolations(plausibleEntries(entries), settings, locate)])
  }
  const violations = crossViolations(decoded.value, settings, locate)
  if (violations.length > 0) throw refused(violations)
  if (decoded.value.length === 0) return [singleAccount(settings)]
  return decoded.value.map((entry) => ({
    label: entry.label,
    enabled: entry.enabled ?? true,
    target: targetOf(entry, settings),
    strategies: entry.strategies,
  }))
}

/** The account of a system without a registry. */
export function singleAccount(settings: Settings): AccountConfig {
  return {
    label: settings.accountLabel,
    enabled: true,
    target: { mode: settings.mode, baseUrl: DEFAULT_BASE_URLS[settings.mode] },
    strategies: null,
  }
}

function crossViolations(
  entries: readonly Partial<Entry>[],
  settings: Settings,
  locate: (path: readonly PropertyKey[]) => string,
): Violation[] {
  const firstWithLabel = new Map<string, number>()
  return entries.flatMap((entry, index) => {
    const violations: Violation[] = []
    if (entry.label !== undefined) {
      const first = firstWithLabel.get(entry.label)
      if (first === undefined) firstWithLabel.set(entry.label, index)
      else {
        const found = `${describeFound(entry.label)}, as in [${first}]`
        violations.push(violation(locate([index, 'label']), found, 'a label that no other account has'))
      }
    }
    const { mode, baseUrl } = targetOf(entry, settings)
    if (!urlFitsMode(mode, baseUrl)) {
      const allowed = `${DEFAULT_BASE_URLS[mode]}${mode === 'paper' ? ' or a loopback URL' : ''}`
      violations.push(
        violation(locate([index, 'base_url']), `${describeFound(baseUrl)} for a ${mode} account`, allowed),
      )
    }
    if (mode === 'live' && settings.calendar === 'always') {
      const found = '"live" with TRADING_CALENDAR=always'
      violations.push(violation(locate([index, 'mode']), found, 'paper, or the calendar us_equities'))
    }
    return violations
  })
}

function targetOf(entry: Partial<Entry>, settings: Settings): BrokerTarget {
  const mode = entry.mode ?? settings.mode
  return { mode, baseUrl: (entry.baseUrl ?? DEFAULT_BASE_URLS[mode]).replace(/\/+$/, '') }
}

function urlFitsMode(mode: TradingMode, baseUrl: string): boolean {
  return baseUrl === DEFAULT_BASE_URLS[mode] || (mode === 'paper' && LOOPBACK.test(baseUrl))
}

/** The fields that are well-formed, so that one bad entry does not hide what is wrong across entries. */
function plausibleEntries(entries: unknown): Partial<Entry>[] {
  if (!Array.isArray(entries)) return []
  return entries.map((entry: unknown) => {
    const { label: text, mode, base_url: url } = isMap(entry) ? entry : {}
    const label = typeof text === 'string' ? parseAccountLabel(text) : null
    return {
      ...(label !== null && { label }),
      ...((mode === 'paper' || mode === 'live') && { mode }),
      ...(typeof url === 'string' && URL.canParse(url) && { baseUrl: url }),
    }
  })
}

function unwrap(document: unknown): { entries: unknown; path: readonly PropertyKey[] } {
  if (!isMap(document)) return { entries: document, path: [] }
  const unknown = Object.keys(document).filter((key) => key !== 'accounts')
  if (unknown.length > 0 || !('accounts' in document)) {
    const found =
      unknown.length > 0 ? `unknown field ${unknown.map((key) => JSON.stringify(key)).join(', ')}` : '{}'
    throw refused([violation(ACCOUNTS_JSON, found, 'a list of accounts, or {accounts: [...]}')])
  }
  return { entries: document['accounts'], path: ['accounts'] }
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch (cause) {
    throw refused([violation(ACCOUNTS_JSON, 'text that is not JSON', 'a JSON list of accounts')], cause)
  }
}

function refused(violations: readonly Violation[], cause?: unknown): ConfigurationError {
  return new ConfigurationError('The account registry', violations, {
    cause,
    advice: `Correct ${ACCOUNTS_JSON}; until then no account is dispatched.`,
  })
}

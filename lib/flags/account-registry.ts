/**
 * The account registry `TRADING_ACCOUNTS_JSON` (docs/architecture.md#accounts): the accounts themselves, or the name of
 * a roster in the state table. A bad registry is refused as a whole, with all that is wrong in it: nothing is
 * dispatched from a part of it.
 *
 * Invariants: labels are unique; a paper account's URL is Alpaca's paper one or on loopback, a live
 * account's is Alpaca's live one, so that no order can reach the other kind.
 */
import { parseAccountLabel } from '../domain/account-label.ts'
import type { AccountConfig, AccountEntry, BrokerTarget, TradingMode } from '../domain/account.ts'
import { ConfigurationError, type Violation } from '../domain/errors.ts'
import type { RosterRevision } from '../domain/ids.ts'
import { accountEntry, parseRosterText } from './account-entry.ts'
import { ACCOUNTS_JSON } from './definitions.ts'
import { NONE } from './kinds.ts'
import type { Settings } from '../domain/settings.ts'
import { decodeWith, isMap, list } from '../formats/codec.ts'
import { describeFound, formatPath, violation } from '../formats/violations.ts'

/** Alpaca's Trading API, https://docs.alpaca.markets/docs/trading-api */
export const DEFAULT_BASE_URLS: Readonly<Record<TradingMode, string>> = {
  paper: 'https://paper-api.alpaca.markets',
  live: 'https://api.alpaca.markets',
}

const LOOPBACK = /^https?:\/\/(127(?:\.\d{1,3}){3}|localhost|\[::1\])(:\d{1,5})?$/

const registry = list(accountEntry, 'a list of accounts, or {accounts: [...]}')

/** The registry's text as it stands, before anything of the settings is known. */
export type Registry =
  | { readonly kind: 'none' }
  | { readonly kind: 'roster'; readonly revision: RosterRevision }
  | { readonly kind: 'listed'; readonly entries: unknown; readonly path: readonly PropertyKey[] }

/** @throws ConfigurationError for what is no JSON, or none that is known */
export function readRegistry(json: string | undefined): Registry {
  if (json === undefined || json.trim() === NONE) return { kind: 'none' }
  const document = parseJson(json)
  const revision = parseRosterText(document)
  return revision === null ? { kind: 'listed', ...unwrap(document) } : { kind: 'roster', revision }
}

/** The accounts that a registry's text lists. @throws ConfigurationError with every violation */
export function listedEntries(
  { entries, path }: Pick<Extract<Registry, { kind: 'listed' }>, 'entries' | 'path'>,
  settings: Settings,
): readonly AccountEntry[] {
  const locate = locateIn(path)
  const decoded = decodeWith(registry, entries, locate)
  if (decoded.kind === 'value') return decoded.value
  throw refused([...decoded.violations, ...crossViolations(plausibleEntries(entries), settings, locate)])
}

/**
 * Reads the registry; without one (undefined, `none` or an empty list) the single account that the settings
 * name. Accounts keep the order of the registry.
 * @param roster the accounts of the roster that the registry names
 * @throws ConfigurationError with every violation; the text itself is never repeated as a whole. Also for a registry
 *   that names a roster when none is given.
 */
export function parseAccounts(
  json: string | undefined,
  settings: Settings,
  roster?: readonly AccountEntry[],
): readonly AccountConfig[] {
  const found = readRegistry(json)
  if (found.kind === 'none') return [singleAccount(settings)]
  if (found.kind === 'listed') return accountsOf(listedEntries(found, settings), settings, found.path)
  if (roster !== undefined) return accountsOf(roster, settings)
  throw refused([
    violation(ACCOUNTS_JSON, `the name of roster ${found.revision}`, 'a list of accounts, here'),
  ])
}

/** With the settings' defaults. @throws ConfigurationError with what is wrong across entries */
export function accountsOf(
  entries: readonly AccountEntry[],
  settings: Settings,
  path: readonly PropertyKey[] = [],
): readonly AccountConfig[] {
  const violations = crossViolations(entries, settings, locateIn(path))
  if (violations.length > 0) throw refused(violations)
  return entries.length === 0 ? [singleAccount(settings)] : entries.map((entry) => accountOf(entry, settings))
}

/** What an entry is under the settings. Whether it is allowed is not checked. */
function accountOf(entry: AccountEntry, settings: Settings): AccountConfig {
  const { label, enabled, strategies } = entry
  return { label, enabled: enabled ?? true, target: targetOf(entry, settings), strategies }
}

function locateIn(path: readonly PropertyKey[]): (rest: readonly PropertyKey[]) => string {
  return (rest) => `${ACCOUNTS_JSON} ${formatPath([...path, ...rest])}`.trim()
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
  entries: readonly Partial<AccountEntry>[],
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

function targetOf(entry: Partial<AccountEntry>, settings: Settings): BrokerTarget {
  const mode = entry.mode ?? settings.mode
  return { mode, baseUrl: (entry.baseUrl ?? DEFAULT_BASE_URLS[mode]).replace(/\/+$/, '') }
}

function urlFitsMode(mode: TradingMode, baseUrl: string): boolean {
  return baseUrl === DEFAULT_BASE_URLS[mode] || (mode === 'paper' && LOOPBACK.test(baseUrl))
}

/** The fields that are well-formed, so that one bad entry does not hide what is wrong across entries. */
function plausibleEntries(entries: unknown): Partial<AccountEntry>[] {
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

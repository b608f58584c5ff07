/**
 * The account registry `TRADING_ACCOUNTS_JSON` (docs/architecture.md#accounts). A bad registry is refused as a
 * whole, with all that is wrong in it: nothing is dispatched from a part of it.
 *
 * Invariants: labels are unique; a paper account's URL is Alpaca's paper one or on loopback, a live
 * account's is Alpaca's live one, so that no order can reach the other kind.
 */
import * as z from 'zod/mini'
import { ACCOUNT_LABEL_PATTERN, accountLabel } from '../domain/account-label.ts'
import type { AccountConfig, BrokerTarget, TradingMode } from '../domain/account.ts'
import { ConfigurationError, type Violation } from '../domain/errors.ts'
import { ACCOUNTS_JSON } from './definitions.ts'
import { NONE } from './kinds.ts'
import type { Settings } from '../domain/settings.ts'
import { describeFound, formatPath, schemaViolations, violation } from '../formats/violations.ts'

/** Alpaca's Trading API, https://docs.alpaca.markets/docs/trading-api */
export const DEFAULT_BASE_URLS: Readonly<Record<TradingMode, string>> = {
  paper: 'https://paper-api.alpaca.markets',
  live: 'https://api.alpaca.markets',
}

const LOOPBACK = /^https?:\/\/(127(?:\.\d{1,3}){3}|localhost|\[::1\])(:\d{1,5})?$/
const FIELDS = ['label', 'mode', 'enabled', 'base_url', 'strategies']

const accountSchema = z.strictObject(
  {
    label: z
      .string('an account label')
      .check(z.regex(ACCOUNT_LABEL_PATTERN, 'letters, digits, _ and -, at most 64')),
    mode: z.optional(z.enum(['paper', 'live'], 'paper, live')),
    enabled: z.optional(z.boolean('true, false')),
    base_url: z.optional(z.url('an http or https URL')),
    strategies: z.optional(z.array(z.string('a strategy id'), 'a list of strategy ids')),
  },
  `an object of ${FIELDS.join(', ')}`,
)
const registrySchema = z.array(accountSchema, 'a list of accounts, or {accounts: [...]}')

/**
 * Reads the registry; without one (undefined, `none` or an empty list) the single account that the settings
 * name. Accounts keep the order of the registry.
 * @throws ConfigurationError with every violation; the text itself is never repeated as a whole.
 */
export function parseAccounts(json: string | undefined, settings: Settings): AccountConfig[] {
  if (json === undefined || json.trim() === NONE) return [singleAccount(settings)]
  const { list, path } = unwrap(parseJson(json))
  const locate = (rest: readonly PropertyKey[]) => `${ACCOUNTS_JSON} ${formatPath([...path, ...rest])}`.trim()
  const parsed = registrySchema.safeParse(list)
  if (!parsed.success) {
    const shape = schemaViolations(list, parsed.error.issues, FIELDS, locate)
    throw refused([...shape, ...crossViolations(plausibleEntries(list), settings, locate)])
  }
  const violations = crossViolations(parsed.data, settings, locate)
  if (violations.length > 0) throw refused(violations)
  if (parsed.data.length === 0) return [singleAccount(settings)]
  return parsed.data.map((entry) => ({
    label: accountLabel(entry.label),
    enabled: entry.enabled ?? true,
    target: targetOf(entry, settings),
    strategies: entry.strategies ?? null,
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

type Entry = Partial<z.infer<typeof accountSchema>>

function crossViolations(
  entries: readonly Entry[],
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

function targetOf(entry: Entry, settings: Settings): BrokerTarget {
  const mode = entry.mode ?? settings.mode
  return { mode, baseUrl: (entry.base_url ?? DEFAULT_BASE_URLS[mode]).replace(/\/+$/, '') }
}

function urlFitsMode(mode: TradingMode, baseUrl: string): boolean {
  return baseUrl === DEFAULT_BASE_URLS[mode] || (mode === 'paper' && LOOPBACK.test(baseUrl))
}

/** The fields that are well-formed, so that one bad entry does not hide what is wrong across entries. */
function plausibleEntries(list: unknown): Entry[] {
  if (!Array.isArray(list)) return []
  return list.map((entry: unknown) => {
    const { label, mode, base_url: url } = (entry ?? {}) as Record<string, unknown>
    return {
      ...(typeof label === 'string' && { label }),
      ...((mode === 'paper' || mode === 'live') && { mode }),
      ...(typeof url === 'string' && URL.canParse(url) && { base_url: url }),
    }
  })
}

function unwrap(document: unknown): { list: unknown; path: readonly PropertyKey[] } {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    return { list: document, path: [] }
  }
  const unknown = Object.keys(document).filter((key) => key !== 'accounts')
  if (unknown.length > 0 || !('accounts' in document)) {
    const found =
      unknown.length > 0 ? `unknown field ${unknown.map((key) => JSON.stringify(key)).join(', ')}` : '{}'
    throw refused([violation(ACCOUNTS_JSON, found, 'a list of accounts, or {accounts: [...]}')])
  }
  return { list: document.accounts, path: ['accounts'] }
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

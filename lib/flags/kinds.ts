/**
 * The kinds of values that flags and settings take: each reads its text strictly and says what is allowed.
 *
 * Invariant: a text that is not exactly one of the allowed forms is null, never a default (`ture` is not
 * false).
 */
import { ACCOUNT_LABEL_ALLOWED, parseAccountLabel, type AccountLabel } from '../domain/account-label.ts'
import { formatDecimal, parseDecimal, type Decimal } from '../domain/decimal.ts'
import { NAME_PATTERN } from '../domain/patterns.ts'
import { parseSymbol } from '../domain/symbol.ts'

export interface FlagKind<Value> {
  /** What is allowed, in words, for messages and documentation. */
  readonly allowed: string
  /** Texts to choose from, for "did you mean"; empty when the kind is open. */
  readonly choices: readonly string[]
  /** Null when the text is not allowed. */
  readonly parse: (text: string) => { readonly value: Value } | null
}

/** The word that states the absence of an optional setting, so that an overlay can undo an environment's. */
export const NONE = 'none'

export function oneOf<Choice extends string>(...choices: readonly Choice[]): FlagKind<Choice> {
  return {
    allowed: choices.join(', '),
    choices,
    parse: (text) => found(choices.find((choice) => choice === text)),
  }
}

export const truth: FlagKind<boolean> = {
  allowed: 'true, false',
  choices: ['true', 'false'],
  parse: (text) => (text === 'true' ? { value: true } : text === 'false' ? { value: false } : null),
}

export function integer(least: number, most: number): FlagKind<number> {
  return open(`a whole number from ${least} to ${most}`, (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN
    return value >= least && value <= most ? value : undefined
  })
}

/** A decimal of zero or more, below a bound if given. */
export function nonNegativeDecimal(below?: Decimal): FlagKind<Decimal> {
  const limit = below === undefined ? '' : `, below ${formatDecimal(below)}`
  return open(`a decimal number of zero or more${limit}`, (text) => {
    const value = parseDecimal(text)
    return value !== null && value >= 0n && (below === undefined || value < below) ? value : undefined
  })
}

/** A decimal above zero, at most `most` if given. */
export function positiveDecimal(most?: Decimal, meaning = 'a decimal number'): FlagKind<Decimal> {
  const limit = most === undefined ? 'above 0' : `above 0, at most ${most / 100_000_000n}`
  return open(`${meaning} ${limit}`, (text) => {
    const value = parseDecimal(text)
    return value !== null && value > 0n && (most === undefined || value <= most) ? value : undefined
  })
}

export const label: FlagKind<AccountLabel> = open(
  ACCOUNT_LABEL_ALLOWED,
  (text) => parseAccountLabel(text) ?? undefined,
)

export const name: FlagKind<string> = open('a name of letters, digits, _ . and -', (text) =>
  NAME_PATTERN.test(text) ? text : undefined,
)

/** An http or https URL; a trailing slash is dropped. */
export const url: FlagKind<string> = open('an http or https URL', (text) =>
  URL.canParse(text) && /^https?:\/\/[^/]/.test(text) ? text.replace(/\/+$/, '') : undefined,
)

export const symbols: FlagKind<readonly string[]> = list('symbols', parseSymbol)

export const labels: FlagKind<readonly string[]> = list('account labels', parseAccountLabel)

/** Any text; its reader checks it (`TRADING_ACCOUNTS_JSON`). */
export const json: FlagKind<string> = open('JSON', (text) => text)

/** The kind, or `none` (or another word for it). */
export function optional<Value>(kind: FlagKind<Value>, word = NONE): FlagKind<Value | null> {
  return {
    allowed: `${word}, or ${kind.allowed}`,
    choices: [word, ...kind.choices],
    parse: (text) => (text === word ? { value: null } : kind.parse(text)),
  }
}

function list(what: string, parse: (text: string) => string | null): FlagKind<readonly string[]> {
  return open(`${what} separated by commas`, (text) => {
    const items = text.split(',').map((item) => parse(item.trim()))
    return items.every((item) => item !== null) ? [...new Set(items)] : undefined
  })
}

function open<Value>(allowed: string, read: (text: string) => Value | undefined): FlagKind<Value> {
  return { allowed, choices: [], parse: (text) => found(read(text)) }
}

function found<Value>(value: Value | undefined): { readonly value: Value } | null {
  return value === undefined ? null : { value }
}

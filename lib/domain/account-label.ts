/**
 * Account labels: what an account is called everywhere, never the broker's account number
 * (docs/architecture.md#words).
 */
import { InvalidValueError } from './errors.ts'

declare const accountLabelBrand: unique symbol
export type AccountLabel = string & { readonly [accountLabelBrand]: true }

export const ACCOUNT_LABEL_PATTERN = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/

/** What is allowed, in words, for messages. */
export const ACCOUNT_LABEL_ALLOWED = 'an account label: letters, digits, _ and -, at most 64'

export function parseAccountLabel(text: string): AccountLabel | null {
  return ACCOUNT_LABEL_PATTERN.test(text) ? (text as AccountLabel) : null
}

/** @throws InvalidValueError when the text is not a label. */
export function accountLabel(text: string): AccountLabel {
  const label = parseAccountLabel(text)
  if (label === null) throw new InvalidValueError(`not an account label: ${JSON.stringify(text)}`)
  return label
}

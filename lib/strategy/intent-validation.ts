/**
 * What a plugin gave back, checked before anybody else sees it (docs/architecture.md#item-size).
 *
 * Invariants: each field is read exactly once, so a getter cannot answer twice differently; what comes out
 * shares no object with the plugin; whatever the value does when it is read, nothing escapes from here.
 */
import { types } from 'node:util'
import { ONE, asDecimal, isDecimal } from '../domain/decimal.ts'
import type { StrategyIntent } from '../domain/intent.ts'

/** The whole position is to go: which side that is, the position decides. */
export type CloseIntent = Pick<StrategyIntent, 'confidence' | 'explain' | 'limitPrice'>

export type IntentValidation =
  | { readonly kind: 'valid'; readonly intent: StrategyIntent }
  | { readonly kind: 'close'; readonly intent: CloseIntent }
  | { readonly kind: 'invalid'; readonly detail: string }

const FIELDS: ReadonlySet<string> = new Set([
  'close',
  'direction',
  'confidence',
  'targetNotional',
  'explain',
  'limitPrice',
])
/** So that a decision always fits its item (docs/architecture.md#item-size). */
const MAX_REASONS = 32
const MAX_REASON_LENGTH = 256
/** 1e18 in currency: no account is that large, nothing that dear, and the number's text stays short. */
const MAX_AMOUNT = ONE * 10n ** 18n

/** Checks an answer that is neither null nor undefined. Never throws. */
export function validateIntent(answer: unknown): IntentValidation {
  try {
    return checkIntent(answer)
  } catch {
    return invalid('a field that throws when it is read')
  }
}

function checkIntent(answer: unknown): IntentValidation {
  if (typeof answer !== 'object' || answer === null) return invalid(`a ${typeof answer}`)
  if (types.isProxy(answer)) return invalid('a proxy')
  if (types.isPromise(answer)) {
    ignoreRejection(answer)
    return invalid('a promise')
  }
  const unknown = Object.keys(answer).find((name) => !FIELDS.has(name))
  if (unknown !== undefined) return invalid(`an unknown field ${JSON.stringify(unknown.slice(0, 64))}`)
  const { close, direction, confidence, targetNotional, explain, limitPrice } = answer as Record<
    string,
    unknown
  >
  if (!isDecimal(confidence)) return invalid(noDecimal('confidence', confidence))
  if (confidence < 0n || confidence > ONE) return invalid('a confidence outside 0 to 1')
  const reasons = copyReasons(explain)
  if (reasons === null) {
    return invalid(`an explanation other than up to ${MAX_REASONS} texts of ${MAX_REASON_LENGTH} characters`)
  }
  const wrongLimit = limitPrice === undefined ? null : whyNoAmount('limit price', limitPrice)
  if (wrongLimit !== null) return invalid(wrongLimit)
  const limit = isDecimal(limitPrice) ? { limitPrice: asDecimal(limitPrice) } : undefined
  if (close !== undefined) {
    if (close !== true) return invalid('a close other than true')
    if (direction !== undefined || targetNotional !== undefined) {
      return invalid('close beside a direction or a target notional')
    }
    return { kind: 'close', intent: { confidence, explain: reasons, ...limit } }
  }
  if (direction !== 'buy' && direction !== 'sell') return invalid('a direction other than buy or sell')
  const wrongNotional = whyNoAmount('target notional', targetNotional)
  if (wrongNotional !== null) return invalid(wrongNotional)
  const intent = {
    direction,
    confidence,
    targetNotional: asDecimal(targetNotional as bigint),
    explain: reasons,
    ...limit,
  } as const
  return { kind: 'valid', intent }
}

/** What is wrong with money that must be there; null for nothing. */
function whyNoAmount(name: string, value: unknown): string | null {
  if (!isDecimal(value)) return noDecimal(name, value)
  if (value <= 0n) return `a ${name} that is not greater than zero`
  return value > MAX_AMOUNT ? `a ${name} above 1e18` : null
}

function noDecimal(name: string, value: unknown): string {
  return value === undefined ? `no ${name}` : `a ${name} of type ${typeof value}, not a Decimal`
}

function copyReasons(explain: unknown): readonly string[] | null {
  if (!Array.isArray(explain) || types.isProxy(explain) || explain.length > MAX_REASONS) return null
  const reasons: string[] = []
  for (let index = 0; index < explain.length; index += 1) {
    const reason: unknown = explain[index]
    if (typeof reason !== 'string' || reason.length > MAX_REASON_LENGTH) return null
    reasons.push(reason)
  }
  return Object.freeze(reasons)
}

/** An async plugin's rejection must not end the process: its answer is refused either way. */
function ignoreRejection(promise: Promise<unknown>): void {
  const nothing = () => undefined
  void Promise.prototype.then.call(promise, nothing, nothing)
}

function invalid(detail: string): IntentValidation {
  return { kind: 'invalid', detail }
}

/** The canonical text of a plan: equal plans have equal texts, byte for byte (docs/architecture.md#equal-plans). */
import canonicalize from 'canonicalize'
import { type Decimal, formatDecimal } from '../../lib/domain/decimal.ts'
import type { Plan } from '../../lib/domain/plan.ts'

/** RFC 8785 JSON with amounts as decimal strings and times as epoch milliseconds. */
export function serializePlan(plan: Plan): string {
  const json: unknown = JSON.parse(
    JSON.stringify(plan, (_key, value: unknown) =>
      typeof value === 'bigint' ? formatDecimal(value as Decimal) : value,
    ),
  )
  return canonicalize(json) ?? ''
}

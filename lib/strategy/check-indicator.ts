/** One indicator of a user's module, checked (docs/architecture.md#plugins). */
import type { Violation } from '../domain/errors.ts'
import type { Indicator } from '../domain/indicator.ts'
import { checkText, shown } from './check-plugin.ts'
import { isOwnName } from './own-features.ts'

const FUNCTIONS = ['initial', 'next', 'values'] as const

/**
 * Null with violations added when it is no indicator. Throws what reading it throws.
 * @param taken names of other indicators; its own are added
 */
export function checkIndicator(
  indicator: unknown,
  path: string,
  taken: Set<string>,
  violations: Violation[],
): Indicator | null {
  if (typeof indicator !== 'object' || indicator === null) {
    violations.push({ path, found: shown(indicator), allowed: 'an indicator' })
    return null
  }
  const before = violations.length
  const { names } = indicator as Indicator
  if (!Array.isArray(names) || names.length === 0) {
    violations.push({ path: `${path}.names`, found: shown(names), allowed: 'a list of names' })
  } else {
    for (const [index, name] of names.entries()) {
      checkName(name, `${path}.names[${index}]`, taken, violations)
    }
  }
  for (const name of FUNCTIONS) {
    const found: unknown = (indicator as Partial<Indicator>)[name]
    if (typeof found === 'function') continue
    violations.push({ path: `${path}.${name}`, found: shown(found), allowed: 'a function' })
  }
  if (violations.length > before) return null
  const own = indicator as Indicator
  return Object.freeze({
    names: Object.freeze([...names]),
    initial: () => own.initial(),
    next: (state, bar) => own.next(state, bar),
    values: (state) => own.values(state),
  } satisfies Indicator)
}

function checkName(name: unknown, path: string, taken: Set<string>, violations: Violation[]): void {
  checkText(name, path, violations)
  if (typeof name !== 'string' || name === '') return
  if (taken.has(name)) violations.push({ path, found: `${shown(name)} twice`, allowed: 'a name of its own' })
  else if (!isOwnName(name) || name.includes('.')) {
    const allowed = 'a name without a dot that no feature or field of a bar has'
    violations.push({ path, found: shown(name), allowed })
  }
  taken.add(name)
}

/** Evaluates parsed expressions over an item's attributes, as DynamoDB stores and sends them. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import type { Comparator, Condition, Operand, Path, SetValue, Update } from './expression.ts'

export type Attributes = Readonly<Record<string, AttributeValue>>

/** What stands behind the `#names` and `:values` of an expression. */
export interface Bindings {
  readonly names: Readonly<Record<string, string>>
  readonly values: Attributes
}

/** Whether the condition holds; `item` is empty when there is none. */
export function holds(condition: Condition, item: Attributes, bindings: Bindings): boolean {
  switch (condition.kind) {
    case 'and':
      return condition.parts.every((part) => holds(part, item, bindings))
    case 'or':
      return condition.parts.some((part) => holds(part, item, bindings))
    case 'not':
      return !holds(condition.part, item, bindings)
    case 'exists':
      return at(item, condition.path, bindings) !== undefined
    case 'missing':
      return at(item, condition.path, bindings) === undefined
    case 'compare': {
      const left = valueOf(condition.left, item, bindings)
      const right = valueOf(condition.right, item, bindings)
      return compares(condition.comparator, left, right)
    }
    case 'between': {
      const value = valueOf(condition.operand, item, bindings)
      return (
        compares('>=', value, valueOf(condition.low, item, bindings)) &&
        compares('<=', value, valueOf(condition.high, item, bindings))
      )
    }
    case 'in': {
      const value = valueOf(condition.operand, item, bindings)
      return condition.options.some((option) => compares('=', value, valueOf(option, item, bindings)))
    }
    case 'begins_with':
    case 'contains': {
      const whole = valueOf(condition.operand, item, bindings)?.S
      const part = valueOf(condition.part, item, bindings)?.S
      if (whole === undefined || part === undefined) return false
      return condition.kind === 'begins_with' ? whole.startsWith(part) : whole.includes(part)
    }
    default:
      return condition satisfies never
  }
}

/** The item after the update; paths are attributes of the item itself, as the adapters use them. */
export function updated(update: Update, item: Attributes, bindings: Bindings): Attributes {
  const next: Record<string, AttributeValue> = { ...item }
  for (const { path, value } of update.set) {
    const result = setValueOf(value, item, bindings)
    if (result === undefined) throw new Error('an operand of the update is not in the item')
    next[topLevel(path, bindings)] = result
  }
  for (const path of update.remove) delete next[topLevel(path, bindings)]
  return next
}

const SURROGATES = 0xd800

/** Order of two key values: texts by their bytes, numbers by size. */
export function compareValues(left: AttributeValue, right: AttributeValue): number {
  if (left.N !== undefined && right.N !== undefined) return Number(left.N) - Number(right.N)
  const [one, other] = [left.S ?? '', right.S ?? '']
  const shorter = Math.min(one.length, other.length)
  for (let index = 0; index < shorter; index += 1) {
    const [here, there] = [one.charCodeAt(index), other.charCodeAt(index)]
    if (here === there) continue
    // the order of surrogates is not that of what they stand for
    return here < SURROGATES && there < SURROGATES
      ? here - there
      : Buffer.compare(Buffer.from(one), Buffer.from(other))
  }
  return one.length - other.length
}

function topLevel(path: Path, bindings: Bindings): string {
  const [name, ...rest] = path
  if (name === undefined || rest.length > 0) throw new Error('updates below the top of an item are not known')
  return nameOf(name, bindings)
}

function nameOf(name: string | number, { names }: Bindings): string {
  const text = String(name)
  if (!text.startsWith('#')) return text
  const bound = names[text]
  if (bound === undefined) throw new Error(`the expression names ${text}, which is not bound`)
  return bound
}

function at(item: Attributes, path: Path, bindings: Bindings): AttributeValue | undefined {
  let value: AttributeValue | undefined = { M: item }
  for (const step of path) {
    value = typeof step === 'number' ? value?.L?.[step] : value?.M?.[nameOf(step, bindings)]
  }
  return value
}

function valueOf(operand: Operand, item: Attributes, bindings: Bindings): AttributeValue | undefined {
  if (operand.kind === 'path') return at(item, operand.path, bindings)
  if (operand.kind === 'value') {
    const bound = bindings.values[operand.name]
    if (bound === undefined) throw new Error(`the expression names ${operand.name}, which is not bound`)
    return bound
  }
  const measured = at(item, operand.path, bindings)
  if (measured === undefined) return undefined
  const [content] = Object.values(measured) as unknown[]
  return { N: String((content as { length?: number }).length ?? Object.keys(content as object).length) }
}

function setValueOf(value: SetValue, item: Attributes, bindings: Bindings): AttributeValue | undefined {
  if (value.kind === 'if_missing') {
    return at(item, value.path, bindings) ?? setValueOf(value.otherwise, item, bindings)
  }
  if (value.kind === 'sum') {
    const left = setValueOf(value.left, item, bindings)?.N
    const right = setValueOf(value.right, item, bindings)?.N
    if (left === undefined || right === undefined) throw new Error('a sum needs two numbers')
    return { N: String(Number(left) + value.sign * Number(right)) }
  }
  return valueOf(value, item, bindings)
}

function compares(
  comparator: Comparator,
  left: AttributeValue | undefined,
  right: AttributeValue | undefined,
): boolean {
  if (left === undefined || right === undefined) return comparator === '<>'
  if (comparator === '=') return equals(left, right)
  if (comparator === '<>') return !equals(left, right)
  const texts = left.S !== undefined && right.S !== undefined
  const numbers = left.N !== undefined && right.N !== undefined
  if (!texts && !numbers) return false
  const order = compareValues(left, right)
  if (comparator === '<') return order < 0
  if (comparator === '<=') return order <= 0
  return comparator === '>' ? order > 0 : order >= 0
}

function equals(left: AttributeValue, right: AttributeValue): boolean {
  if (left.N !== undefined && right.N !== undefined) return Number(left.N) === Number(right.N)
  if (left.S !== undefined) return left.S === right.S
  if (left.L !== undefined) {
    const { L: one } = left
    const other = right.L
    return (
      other?.length === one.length &&
      one.every((member, index) => other[index] !== undefined && equals(member, other[index]))
    )
  }
  if (left.M !== undefined) {
    const { M: one } = left
    const other = right.M
    if (other === undefined || Object.keys(other).length !== Object.keys(one).length) return false
    return Object.entries(one).every(
      ([name, member]) => other[name] !== undefined && equals(member, other[name]),
    )
  }
  if (left.B !== undefined) return right.B !== undefined && Buffer.compare(left.B, right.B) === 0
  return (
    left.BOOL === right.BOOL && left.NULL === right.NULL && right.S === undefined && right.N === undefined
  )
}

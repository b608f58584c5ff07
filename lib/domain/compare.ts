/** Orders for sorting: by value and code unit, so that they are the same on every machine. */

export function compare<Value extends string | number | bigint>(left: Value, right: Value): number {
  if (left === right) return 0
  return left < right ? -1 : 1
}

/** For the entries of a map or an object: by key. */
export function byKey([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number {
  return compare(left, right)
}

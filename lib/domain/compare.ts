/** Orders for sorting: by value and code unit, so that they are the same on every machine. */

export function compare<Value extends string | number | bigint>(left: Value, right: Value): number {
  if (left === right) return 0
  return left < right ? -1 : 1
}

/** For the entries of a map or an object: by key. */
export function byKey([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number {
  return compare(left, right)
}

/** Up to so many items are put in order one by one. */
const SHORT = 16

/**
 * Sorts in place and stably, as `sort` does, which sets over a kilobyte aside first: too much for what is sorted in every cycle,
 * where a few items are mostly in order already.
 */
export function sortShort<Item>(items: Item[], order: (left: Item, right: Item) => number): Item[] {
  if (items.length > SHORT) return items.sort(order)
  for (let index = 1; index < items.length; index += 1) {
    const item = items[index] as Item
    let place = index
    for (; place > 0 && order(items[place - 1] as Item, item) > 0; place -= 1) {
      items[place] = items[place - 1] as Item
    }
    items[place] = item
  }
  return items
}

/**
 * Fixes what the language itself provides before code of others is loaded (docs/architecture.md#plugins): whoever patches
 * `Array.prototype.map` or `JSON.stringify` fails where he does it, so that no other strategy, and nothing of ours, computes
 * with it. Costs some milliseconds once and nothing later.
 *
 * Frozen properties cannot be overridden by assignment in what inherits from them ("override mistake"), which breaks libraries
 * that set `error.name` or `Child.prototype.toString`. As SES does (https://github.com/endojs/endo, packages/ses/src/enablements.js),
 * those that libraries do override become accessors; all others stay data, since an accessor for `constructor` of arrays and
 * promises, or for a method, takes V8 its fast paths. So does a prototype that `Object.freeze` has frozen: see `fixBehindElements`.
 *
 * Invariant: `Error` itself stays as it is: libraries set its `stackTraceLimit` and `prepareStackTrace`.
 */
type Owner = object
type Key = string | symbol

const OF_THE_LANGUAGE =
  /^(Array|Object|Function|String|Number|Boolean|Symbol|BigInt|Date|RegExp|Promise|Proxy|Iterator|(Weak)?(Map|Set|Ref)|Math|JSON|Reflect|Atomics|Intl|DataView|(\w+A|A)rrayBuffer|\w+(Array|Registry)|\w*Error|parse\w+|is[NF]\w+|\w+codeURI\w*)$/
/** Of functions in general: a class may have a static `name`. */
const OF_FUNCTIONS: readonly Key[] = ['name', 'length', 'toString']

/** Enough for the engine to see in it a prototype that is read from. */
const READINGS = 3

/** Once per thread; more than once changes nothing. */
export function fixIntrinsics(): void {
  if (Object.isFrozen(Array.prototype)) return
  const found = new Set<Owner>()
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    if (!OF_THE_LANGUAGE.test(name)) continue
    const global: unknown = Reflect.get(globalThis, name)
    collect(global, found)
    Object.defineProperty(globalThis, name, { value: global, writable: false, configurable: false })
  }
  for (const name of Object.getOwnPropertyNames(Intl)) collect(Reflect.get(Intl, name), found)
  for (const one of withoutName()) collect(Object.getPrototypeOf(one), found)
  for (const owner of found) {
    if (owner === Error) continue
    for (const key of overriddenOf(owner)) makeOverridable(owner, key)
    if (isBehindElements(owner)) fixBehindElements(owner)
    else Object.freeze(owner)
  }
}

/** Whether every object, or every array of numbers, inherits from it. */
function isBehindElements(owner: Owner): boolean {
  const ofTypedArrays: unknown = Object.getPrototypeOf(Uint8Array.prototype)
  return (
    owner === Object.prototype || owner === ofTypedArrays || Object.getPrototypeOf(owner) === ofTypedArrays
  )
}

/**
 * Freezes it property by property. After `Object.freeze` V8 of Node 20 takes its elements for read-only, and looks there at every
 * `array[index] = value` of whatever inherits from it (`Map::MayHaveReadOnlyElementsInPrototypeChain`): 100 strategies were asked half
 * as fast. What is redefined becomes a slow dictionary, until it is read from an heir and is a prototype once more.
 */
function fixBehindElements(owner: Owner): void {
  for (const key of Reflect.ownKeys(owner)) {
    const isData = Object.hasOwn(Object.getOwnPropertyDescriptor(owner, key) ?? {}, 'value')
    Object.defineProperty(owner, key, { configurable: false, ...(isData ? { writable: false } : undefined) })
  }
  Object.preventExtensions(owner)
  const heir: Readonly<Record<string, unknown>> = Object.create(owner)
  for (let reading = 0; reading < READINGS; reading += 1) constructorOf(heir)
  Object.setPrototypeOf(Object.create(null), owner)
}

function constructorOf(heir: Readonly<Record<string, unknown>>): unknown {
  return heir['constructor']
}

/** The value, what it inherits from, and what inherits from it. */
function collect(value: unknown, found: Set<Owner>): void {
  if (!isOwner(value) || found.has(value)) return
  found.add(value)
  collect(Object.getPrototypeOf(value), found)
  if (typeof value === 'function') collect(value.prototype, found)
}

function isOwner(value: unknown): value is Owner {
  return Object(value) === value
}

/** Of what no global names the prototype: iterators and functions that make them. */
function withoutName(): readonly object[] {
  return [
    [].values(),
    new Map().entries(),
    new Set().entries(),
    ''[Symbol.iterator](),
    ''.matchAll(/a/g),
    function* () {},
    async function () {},
    async function* () {},
  ]
}

function overriddenOf(owner: Owner): readonly Key[] {
  if (owner === Object.prototype || owner === Error.prototype || owner instanceof Error) {
    return Reflect.ownKeys(owner)
  }
  return owner === Function.prototype ? OF_FUNCTIONS : []
}

/** Whoever assigns to what inherits gets a property of its own, as if this one could be written. */
function makeOverridable(owner: Owner, key: Key): void {
  const { value, configurable, enumerable } = Object.getOwnPropertyDescriptor(owner, key) ?? {}
  // an accessor already
  if (value === undefined || configurable !== true) return
  Object.defineProperty(owner, key, {
    get: () => value as unknown,
    set(this: unknown, own: unknown) {
      if (this === owner) throw new TypeError(`a plugin may not change ${String(key)} of all`)
      if (isOwner(this))
        Object.defineProperty(this, key, { value: own, writable: true, enumerable: true, configurable: true })
    },
    enumerable: enumerable ?? false,
    configurable: false,
  })
}

/**
 * Work during which the process can be neither ended nor left something to do later: what plugins must not do, and would not be
 * named for, fails where it is called.
 */
type Methods = Record<string, unknown>

interface Forbidden {
  readonly name: string
  readonly refuse: () => never
}

const ENDINGS = forbidden('process.', ['exit', 'reallyExit', 'abort', 'kill'])
const LATER = forbidden('', ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'])

export function withoutEffects<T>(work: () => T): T {
  const endings = methodsOf(process as unknown as Methods, ENDINGS)
  const later = methodsOf(globalThis, LATER)
  try {
    refuseIn(process as unknown as Methods, ENDINGS)
    refuseIn(globalThis, LATER)
    return work()
  } finally {
    putBack(process as unknown as Methods, ENDINGS, endings)
    putBack(globalThis, LATER, later)
  }
}

function forbidden(prefix: string, names: readonly string[]): readonly Forbidden[] {
  return names.map((name) => ({
    name,
    refuse: () => {
      throw new Error(`a plugin may not call ${prefix}${name}`)
    },
  }))
}

function methodsOf(owner: Methods, names: readonly Forbidden[]): readonly unknown[] {
  return names.map(({ name }) => owner[name])
}

function refuseIn(owner: Methods, names: readonly Forbidden[]): void {
  for (const { name, refuse } of names) owner[name] = refuse
}

function putBack(owner: Methods, names: readonly Forbidden[], methods: readonly unknown[]): void {
  for (const [index, { name }] of names.entries()) owner[name] = methods[index]
}

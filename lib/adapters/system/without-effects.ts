/**
 * Work during which the process can be neither ended nor left something to do later: what plugins must not do, and would not be
 * named for, fails where it is called.
 */
type Names = readonly string[]

const ENDINGS: Names = ['exit', 'reallyExit', 'abort', 'kill']
const LATER: Names = ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask']

export function withoutEffects<T>(work: () => T): T {
  const restore = [
    replaced(process as unknown as Methods, ENDINGS, 'process.'),
    replaced(globalThis, LATER, ''),
  ]
  try {
    return work()
  } finally {
    for (const put of restore) put()
  }
}

type Methods = Record<string, unknown>

/** Gives back what puts the methods back. */
function replaced(owner: Methods, names: Names, prefix: string): () => void {
  const before = names.map((name) => [name, owner[name]] as const)
  for (const name of names) {
    owner[name] = () => {
      throw new Error(`a plugin may not call ${prefix}${name}`)
    }
  }
  return () => {
    for (const [name, method] of before) owner[name] = method
  }
}

/**
 * Work during which the process can be neither ended nor left something to do later: what plugins must not do, and would not be
 * named for, fails where it is called.
 *
 * Each is put away and back by its name: it is done for every plan, and a name that is looked up takes ten times as long.
 */
interface Endings {
  exit: unknown
  reallyExit: unknown
  abort: unknown
  kill: unknown
}

interface Later {
  setTimeout: unknown
  setInterval: unknown
  setImmediate: unknown
  queueMicrotask: unknown
}

const ENDINGS: Endings = {
  exit: refusing('process.exit'),
  reallyExit: refusing('process.reallyExit'),
  abort: refusing('process.abort'),
  kill: refusing('process.kill'),
}
const LATER: Later = {
  setTimeout: refusing('setTimeout'),
  setInterval: refusing('setInterval'),
  setImmediate: refusing('setImmediate'),
  queueMicrotask: refusing('queueMicrotask'),
}

export function withoutEffects<T>(work: () => T): T {
  const endings = process as unknown as Endings
  const later: Later = globalThis
  const { exit, reallyExit, abort, kill } = endings
  const { setTimeout, setInterval, setImmediate, queueMicrotask } = later
  try {
    setEndings(endings, ENDINGS)
    setLater(later, LATER)
    return work()
  } finally {
    setEndings(endings, { exit, reallyExit, abort, kill })
    setLater(later, { setTimeout, setInterval, setImmediate, queueMicrotask })
  }
}

function refusing(name: string): () => never {
  return () => {
    throw new Error(`a plugin may not call ${name}`)
  }
}

function setEndings(owner: Endings, { exit, reallyExit, abort, kill }: Endings): void {
  owner.exit = exit
  owner.reallyExit = reallyExit
  owner.abort = abort
  owner.kill = kill
}

function setLater(owner: Later, { setTimeout, setInterval, setImmediate, queueMicrotask }: Later): void {
  owner.setTimeout = setTimeout
  owner.setInterval = setInterval
  owner.setImmediate = setImmediate
  owner.queueMicrotask = queueMicrotask
}

/**
 * What a plugin threw, in words, and where in its author's file.
 *
 * Invariant: whatever the value does when it is read, nothing escapes from here.
 */

export interface Thrown {
  readonly message: string
  /** `my-plugins.mjs:12:7`, as the stack has it; null when it does not say. */
  readonly place: string | null
}

const MAX_LENGTH = 200
const FRAME = /\(?((?:file:\/\/)?[^\s()]+:\d+:\d+)\)?$/
const NODE_FRAME = /(?:^|\()node:/
/** Where source maps name our own files, as in a deployed function. */
const OWN_SOURCE = /(?:^|\/)lib\/(?:strategy|domain|plan)\/[a-z-]+\.ts:/
const OWN_FOLDER = folderOf(placeIn(String(new Error().stack), () => true))

/** The message of whatever was thrown, and the first line of its stack that is the author's. */
export function describeThrown(error: unknown): Thrown {
  try {
    if (!(error instanceof Error)) return { message: `threw a ${typeof error}`, place: null }
    const message = `${error.name}: ${error.message}`.slice(0, MAX_LENGTH)
    const place = placeIn(String(error.stack), isAuthors)
    return { message, place: place?.slice(-MAX_LENGTH) ?? null }
  } catch {
    return { message: 'threw a value that cannot be read', place: null }
  }
}

function placeIn(stack: string, wanted: (place: string) => boolean): string | null {
  for (const line of stack.split('\n', 50)) {
    if (!line.trimStart().startsWith('at ') || NODE_FRAME.test(line)) continue
    const place = FRAME.exec(line)?.[1]
    if (place !== undefined && wanted(place)) return place.replace(/^file:\/\//, '')
  }
  return null
}

/** Bundled, our files lie in one folder, in which no author's does. */
function isAuthors(place: string): boolean {
  return (
    !OWN_SOURCE.test(place) &&
    (OWN_FOLDER === null || folderOf(place.replace(/^file:\/\//, '')) !== OWN_FOLDER)
  )
}

function folderOf(place: string | null): string | null {
  return place === null ? null : place.slice(0, Math.max(0, place.lastIndexOf('/')))
}

/**
 * Reads the files that verbs are given, and finds those that come with the package: a file that cannot be read is a clear
 * message, never a stack.
 */
import { createReadStream, existsSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { resolve, dirname, join } from 'node:path'
import { unreadable } from '../../adapters/files/unreadable-input.ts'
import { ConfigurationError } from '../../domain/errors.ts'
import { violation } from '../../formats/violations.ts'

/** Reads a whole UTF-8 file. @throws ConfigurationError */
export async function readTextFile(path: string, folder: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(resolve(folder, path)))
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

/** The lines of a UTF-8 file as a stream, without their ends. @throws ConfigurationError */
export async function* readLines(path: string, folder: string): AsyncGenerator<string, void, void> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let rest = ''
  try {
    for await (const chunk of createReadStream(resolve(folder, path)) as AsyncIterable<Uint8Array>) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
      rest = lines.pop() ?? ''
      yield* lines
    }
    rest += decoder.decode()
  } catch (cause) {
    throw unreadable(path, cause)
  }
  if (rest !== '') yield rest
}

/**
 * The values of a file that is known to be good: it is read once to the end before the first value is
 * given, so that nothing is printed for a file that turns out malformed. What can be read only once (a
 * pipe) is kept in memory in between.
 * @throws ConfigurationError as `read` does.
 */
export async function* checkedBefore<Value>(
  path: string,
  folder: string,
  read: (lines: AsyncIterable<string>, file: string) => AsyncIterable<Value>,
): AsyncGenerator<Value, void, void> {
  const kept: Value[] | null = (await canBeReadTwice(path, folder)) ? null : []
  for await (const value of read(readLines(path, folder), path)) kept?.push(value)
  if (kept === null) yield* read(readLines(path, folder), path)
  else yield* kept
}

async function canBeReadTwice(path: string, folder: string): Promise<boolean> {
  try {
    return (await stat(resolve(folder, path))).isFile()
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

/**
 * The same for the sources and for what they are compiled to.
 * @throws ConfigurationError where nothing above is a package, as where the bundle was copied away
 */
export function packageRoot(from: string = import.meta.dirname): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder
    if (folder === dirname(folder)) {
      const wanted = 'the folder of the package, or one inside it'
      throw new ConfigurationError('The installation', [violation(from, 'no package.json above it', wanted)])
    }
  }
}

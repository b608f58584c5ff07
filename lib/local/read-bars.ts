/**
 * Reads bars from files and folders (docs/files.md): plain or compressed with gzip, one file's symbol from its name where that
 * is asked for.
 */
import { createHash } from 'node:crypto'
import { readdir, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { ConfigurationError } from '../domain/errors.ts'
import type { Bars } from '../market/bars.ts'
import { type BarsFileOptions, BarsReader } from '../market/bars-file/bars-reader.ts'
import { mergeBars } from '../market/bars-file/merge-bars.ts'
import { unreadable } from '../adapters/files/unreadable-input.ts'
import { textBlocks } from './text-blocks.ts'

/** A `--symbol` that stands for the name of each file without its endings: `AAPL.csv` holds AAPL. */
export const SYMBOL_OF_FILE_NAME = '@file'

export interface BarsRead {
  /** The paths, for messages. */
  readonly name: string
  /** Of the texts and of the options that say how to read them. */
  readonly hash: string
  readonly bars: Bars
}

const BARS_FILE = /\.(csv|txt)(\.gz)?$/i
/** Between two texts whose hash is taken. */
const APART = '\0'

/**
 * @param paths files, or folders whose CSV and text files are all read, in the order of their names
 * @param folder that relative paths start from
 * @throws ConfigurationError with every violation of the first file that cannot be used
 */
export async function readBars(
  paths: readonly string[],
  folder: string,
  options: BarsFileOptions,
): Promise<BarsRead> {
  const files = (await Promise.all(paths.map((path) => filesAt(path, folder)))).flat()
  const hash = createHash('sha256')
  const read = []
  for (const file of files) {
    const symbol =
      options.symbol === SYMBOL_OF_FILE_NAME
        ? basename(file).replace(BARS_FILE, '').toUpperCase()
        : options.symbol
    const reader = new BarsReader(file, { ...options, symbol })
    if (read.length > 0) hash.update(APART)
    await orUnreadable(file, async () => {
      for await (const text of textBlocks(resolve(folder, file), (bytes) => hash.update(bytes))) {
        reader.read(text)
      }
    })
    read.push({ file, bars: reader.end() })
  }
  for (const option of Object.values(options)) if (option !== null) hash.update(APART + option)
  return { name: paths.join(', '), hash: hash.digest('hex'), bars: mergeBars(read) }
}

async function filesAt(path: string, folder: string): Promise<string[]> {
  const information = await orUnreadable(path, async () => stat(resolve(folder, path)))
  if (!information.isDirectory()) return [path]
  const names = (await readdir(resolve(folder, path))).filter((name) => BARS_FILE.test(name)).sort()
  if (names.length > 0) return names.map((name) => join(path, name))
  throw new ConfigurationError('The bars', [
    {
      path,
      found: 'a folder without such files',
      allowed: 'a folder with .csv, .txt, .csv.gz or .txt.gz files',
    },
  ])
}

async function orUnreadable<Value>(path: string, read: () => Promise<Value>): Promise<Value> {
  try {
    return await read()
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

/**
 * Reads bars from files and folders (docs/files.md): plain or compressed with gzip, one file's symbol from its name where that
 * is asked for.
 */
import { readFile, readdir, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { ConfigurationError } from '../domain/errors.ts'
import { sha256Hex } from '../domain/ids.ts'
import type { Bar } from '../market/bars.ts'
import { mergeBars } from '../market/bars-file/merge-bars.ts'
import { type BarsFileOptions, parseBars } from '../market/bars-file/parse-bars.ts'
import { unreadable } from '../adapters/files/unreadable-input.ts'

/** A `--symbol` that stands for the name of each file without its endings: `AAPL.csv` holds AAPL. */
export const SYMBOL_OF_FILE_NAME = '@file'

export interface BarsRead {
  /** The paths, for messages. */
  readonly name: string
  /** Of the texts and of the options that say how to read them. */
  readonly hash: string
  readonly bars: readonly Bar[]
}

const BARS_FILE = /\.(csv|txt)(\.gz)?$/i
const GZIP = [0x1f, 0x8b] as const
const unzip = promisify(gunzip)

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
  const texts: string[] = []
  const read = []
  for (const file of files) {
    const text = await textOf(file, folder)
    const symbol =
      options.symbol === SYMBOL_OF_FILE_NAME
        ? basename(file).replace(BARS_FILE, '').toUpperCase()
        : options.symbol
    texts.push(text)
    read.push({ file, bars: parseBars(text, file, { ...options, symbol }) })
  }
  const given = Object.values(options).filter((option) => option !== null)
  return { name: paths.join(', '), hash: sha256Hex([...texts, ...given].join('\0')), bars: mergeBars(read) }
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

async function textOf(path: string, folder: string): Promise<string> {
  return orUnreadable(path, async () => {
    const bytes = await readFile(resolve(folder, path))
    const plain = GZIP.every((byte, index) => bytes[index] === byte) ? await unzip(bytes) : bytes
    return new TextDecoder('utf-8', { fatal: true }).decode(plain)
  })
}

async function orUnreadable<Value>(path: string, read: () => Promise<Value>): Promise<Value> {
  try {
    return await read()
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

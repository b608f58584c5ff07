/**
 * A file of pieces, each compressed by itself: gzip's members follow one another, and are read as one text (RFC 1952, 2.2).
 * Until it is whole it is called `FILE.part`, with what is done in `FILE.progress.json`.
 *
 * Invariant: what the second file tells of stands in the first; what follows there is of a run that was cut off, and goes.
 */
import { open, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import * as z from 'zod/mini'
import { ConfigurationError } from '../../domain/errors.ts'
import { parseJson } from '../../domain/parse-json.ts'
import type { PieceFile, PieceProgress } from '../../ports/piece-file.ts'

const stored = z.object({
  /** What it is made for, in words: pieces of something else are none of its. */
  of: z.string(),
  bytes: z.number(),
  progress: z.object({ pieces: z.number(), bars: z.record(z.string(), z.number()) }),
})

const compress = promisify(gzip)
const NOTHING: PieceProgress = { pieces: 0, bars: {} }

/**
 * @param of what the file is made for; an unfinished one that was made for something else is begun anew
 * @param head what the file begins with
 * @throws ConfigurationError when the file is there already
 */
export async function openGzipPieceFile(path: string, of: string, head: string): Promise<PieceFile> {
  if (await exists(path)) {
    throw new ConfigurationError('The file', [
      { path, found: 'a file', allowed: 'a name that is free: nothing is overwritten' },
    ])
  }
  const [part, notes] = [`${path}.part`, `${path}.progress.json`]
  const before = await readProgress(notes)
  const isOurs = before !== null && before.of === of && (await exists(part))
  let bytes = isOurs ? before.bytes : 0
  const progress = isOurs ? before.progress : NOTHING
  if (isOurs) await truncate(part, bytes)
  else await writeFile(part, '')

  const append = async (text: string, done: PieceProgress): Promise<void> => {
    const member = await compress(Buffer.from(bytes === 0 ? head + text : text))
    const file = await open(part, 'a')
    try {
      await file.write(member)
      await file.sync()
    } finally {
      await file.close()
    }
    bytes += member.length
    await writeFile(`${notes}.new`, JSON.stringify({ of, bytes, progress: done }))
    await rename(`${notes}.new`, notes)
  }
  const finish = async (): Promise<void> => {
    await rename(part, path)
    await rm(notes, { force: true })
  }
  return { progress, append, finish }
}

async function readProgress(path: string): Promise<z.infer<typeof stored> | null> {
  const text = await readFile(path, 'utf8').catch((fault: NodeJS.ErrnoException) => {
    if (fault.code === 'ENOENT') return ''
    throw fault
  })
  return stored.safeParse(parseJson(text)).data ?? null
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (fault: NodeJS.ErrnoException) => {
      if (fault.code === 'ENOENT') return false
      throw fault
    },
  )
}

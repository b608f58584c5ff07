/**
 * The text of a file in blocks of whole lines, plain or compressed with gzip, so that a large one is never there as a whole.
 *
 * Invariants: no line, and no character, is cut by the end of a block; text that is not UTF-8 is refused.
 */
import { open } from 'node:fs/promises'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'

const GZIP = [0x1f, 0x8b] as const
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf] as const
const BLOCK_BYTES = 2 ** 18
const NEW_LINE = 0x0a
const RETURN = 0x0d

/** @param onBytes gets all that the text is made of, but for a mark of the order of its bytes */
export async function* textBlocks(
  path: string,
  onBytes: (bytes: Uint8Array) => void,
): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let rest: Buffer = Buffer.alloc(0)
  let isFirst = true
  for await (const read of plainBytes(path)) {
    let bytes = rest.length === 0 ? read : Buffer.concat([rest, read])
    if (isFirst && bytes.length < BYTE_ORDER_MARK.length) {
      rest = bytes
      continue
    }
    if (isFirst && startsWith(bytes, BYTE_ORDER_MARK)) bytes = bytes.subarray(BYTE_ORDER_MARK.length)
    isFirst = false
    const end = endOfLines(bytes)
    rest = bytes.subarray(end)
    if (end === 0) continue
    const whole = bytes.subarray(0, end)
    onBytes(whole)
    yield decoder.decode(whole)
  }
  if (rest.length === 0) return
  onBytes(rest)
  yield decoder.decode(rest)
}

async function* plainBytes(path: string): AsyncGenerator<Buffer> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(GZIP.length), 0, GZIP.length, 0)
    const source = file.createReadStream({ start: 0, highWaterMark: BLOCK_BYTES, autoClose: false })
    if (bytesRead < GZIP.length || !startsWith(buffer, GZIP)) yield* source
    else {
      const gunzip = createGunzip({ chunkSize: BLOCK_BYTES })
      // an error of the source ends the reading
      pipeline(source, gunzip, () => {})
      yield* gunzip
    }
  } finally {
    await file.close()
  }
}

function startsWith(bytes: Uint8Array, mark: readonly number[]): boolean {
  return mark.every((byte, index) => bytes[index] === byte)
}

/** Behind the last end of a line; a return at the very end may be the first half of one. */
function endOfLines(bytes: Buffer): number {
  const newLine = bytes.lastIndexOf(NEW_LINE)
  return (newLine >= 0 ? newLine : bytes.lastIndexOf(RETURN, -2)) + 1
}

/** A bars file whose text is at hand as a whole (docs/files.md). */
import type { Bar } from '../bars.ts'
import { type BarsFileOptions, BarsReader } from './bars-reader.ts'

export type { BarsFileOptions } from './bars-reader.ts'

export const AS_WRITTEN: BarsFileOptions = { symbol: null, timezone: null, dateOrder: null }

/**
 * Reads bars symbol by symbol; one whose rows all descend is turned round.
 * @param file its name, for messages
 * @throws ConfigurationError with one violation per malformed field (the first 20)
 */
export function parseBars(text: string, file: string, options: BarsFileOptions = AS_WRITTEN): Bar[] {
  const reader = new BarsReader(file, options)
  reader.read(text)
  return [...reader.end()]
}

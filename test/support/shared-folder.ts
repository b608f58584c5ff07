/** Where the cases shared between projects are: `TORGHUT_SHARED`, or `../shared` beside the repository. */
import { resolve } from 'node:path'

export function sharedFolder(): string {
  return process.env['TORGHUT_SHARED'] ?? resolve(import.meta.dirname, '../../../shared')
}

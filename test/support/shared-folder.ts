/**
 * What lies beside the repository where it is developed, in `../shared` or in `TORGHUT_SHARED`: recorded golden cases
 * and minute bars. A clone by itself has none of it: those tests are skipped, and the test run says so.
 */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'

const SHARED = process.env['TORGHUT_SHARED'] ?? resolve(import.meta.dirname, '../../../shared')

/** Golden cases recorded from the system that Torghut replaces. */
export const RECORDED_CASES = join(SHARED, 'golden')
export const hasRecordedCases = existsSync(join(RECORDED_CASES, 'features.jsonl'))

/** 13,429 minute bars of October 2013. */
export const RECORDED_BARS = join(SHARED, 'market/us-equities-1min-2013-10.csv')
export const hasRecordedBars = existsSync(RECORDED_BARS)

/** What is not there, one sentence each. */
export function missingRecordings(): readonly string[] {
  return [
    ...(hasRecordedCases
      ? []
      : [`no recorded golden cases in ${RECORDED_CASES}: test/golden alone is tested`]),
    ...(hasRecordedBars ? [] : [`no recorded bars at ${RECORDED_BARS}: tests of real minutes are skipped`]),
  ]
}

/** Mutants of getting bars and of reports: whether equal requests give equal files, and what a report is made of. */
import type { Mutant } from './mutant.ts'

const FILE = 'lib/adapters/files/gzip-piece-file.ts'
const DOWNLOAD = 'lib/operations/download-bars.ts'
const REPORT = 'lib/operations/lane-report.ts'
const DOWNLOAD_TESTS = ['test/scenario/data-download.test.ts']
const REPORT_TESTS = ['test/scenario/stage-records.test.ts']

export const dataMutants: readonly Mutant[] = [
  {
    name: 'half-a-piece-stays-in-the-file',
    file: FILE,
    search: 'if (isOurs) await truncate(part, bytes)',
    replace: 'if (isOurs && bytes < 0) await truncate(part, bytes)',
    breaks: 'a download that was cut off in a write goes on behind the torn piece',
    invariant: 'equal-plans',
    looks: [],
    tests: DOWNLOAD_TESTS,
  },
  {
    name: 'a-download-of-something-else-goes-on',
    file: FILE,
    search: 'before.of === of && (await exists(part))',
    replace: 'before.of.length > 0 && (await exists(part))',
    breaks: 'the pieces of another request stand in the file',
    invariant: 'equal-plans',
    looks: [],
    tests: DOWNLOAD_TESTS,
  },
  {
    name: 'a-bar-under-way-is-downloaded',
    file: DOWNLOAD,
    search: 'bar.startsAt <= piece.to && end <= clock.now()',
    replace: 'bar.startsAt <= piece.to && end <= clock.now() + 86_400_000',
    breaks: 'the last bar of a file changes with the moment of its download',
    invariant: 'equal-plans',
    looks: [],
    tests: DOWNLOAD_TESTS,
  },
  {
    name: 'a-download-knows-no-rate',
    file: DOWNLOAD,
    search: 'this.#sent.length >= REQUESTS_PER_MINUTE',
    replace: 'this.#sent.length >= 10 * REQUESTS_PER_MINUTE',
    breaks: 'a download uses up what the lanes of the same key may send',
    invariant: 'request-budget',
    looks: [],
    tests: DOWNLOAD_TESTS,
  },
  {
    name: 'a-report-is-of-all-cycles',
    file: REPORT,
    search: 'if (since !== null && inputs.tickAt < since) continue',
    replace: 'if (since === null && inputs.tickAt < 0) continue',
    breaks: 'a report of a week tells of everything that is stored',
    invariant: 'equal-plans',
    looks: [],
    tests: REPORT_TESTS,
  },
]

/** A real Chromium for tests of pages, where the machine has one; the tests are skipped with a notice where it has none. */
import { spawnSync } from 'node:child_process'
import { type Browser, chromium } from 'playwright-core'

const PLACES = [
  process.env['TORGHUT_CHROMIUM'] ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
]

/** Null: there is none, and the run has said so. */
export function findChromium(): string | null {
  const found = PLACES.find((place) => place !== '' && starts(place))
  if (found !== undefined) return found
  process.stderr.write(
    'No Chromium on this machine: the report is not tested in a browser. Install one (Debian: apt-get install chromium), or name it in TORGHUT_CHROMIUM.\n',
  )
  return null
}

/** One that is there may be half installed, or a word about where to get it. */
function starts(place: string): boolean {
  return spawnSync(place, ['--version'], { stdio: 'ignore' }).status === 0
}

export function launchChromium(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: ['--no-sandbox'], timeout: 300_000 })
}

/** A real Chromium for tests of pages, where the machine has one; the tests are skipped with a notice where it has none. */
import { spawnSync } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { type Browser, chromium, type Page } from 'playwright-core'

const PLACES = [
  process.env['TORGHUT_CHROMIUM'] ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
]

const REFUSED = 'Unable to capture screenshot'
const MOST_REFUSALS = 20

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

/**
 * The whole page as a picture. Chromium refuses one now and then, and takes the very same a moment later
 * (https://github.com/MarketSquare/robotframework-browser/issues/5237).
 */
export async function pictureOf(page: Page): Promise<Buffer> {
  for (let refusals = 0; ; refusals += 1) {
    try {
      return await page.screenshot({ fullPage: true })
    } catch (error) {
      const isRefused = error instanceof Error && error.message.includes(REFUSED)
      if (!isRefused || refusals === MOST_REFUSALS) throw error
      await delay(500)
    }
  }
}

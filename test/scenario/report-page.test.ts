/**
 * The report in a real Chromium, from disk: nothing is loaded and nothing complains under its content security policy, in both
 * themes, on a phone and at 200 %; its figures are those of `--json`; trades sort, filter and explain themselves by keyboard; a
 * hundred thousand of them still scroll.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decimal } from '../../lib/domain/decimal.ts'
import { instant, plusSeconds } from '../../lib/domain/time.ts'
import type { Explanation } from '../../lib/replay/explain/explanation.ts'
import { runFigures } from '../../lib/replay/figures/run-figures.ts'
import { priceHistories } from '../../lib/replay/figures/price-history.ts'
import { gatheredPrices } from '../../lib/replay/report/gathered-prices.ts'
import { type ReportInputs, writeReport } from '../../lib/replay/report/write-report.ts'
import { findChromium, launchChromium, pictureOf } from '../support/chromium.ts'
import { jsonLines, runInside } from '../support/run-cli.ts'

const folder = mkdtempSync(join(tmpdir(), 'torghut-report-'))
const path = findChromium()
const TIMEOUT = 600_000
const WAIT = { timeout: 200_000 }

interface Account {
  readonly label: string
  readonly decisions: number
  readonly denials: Readonly<Record<string, number>>
  readonly figures: {
    readonly equity: { readonly total_return: number; readonly drawdown: { readonly depth: number } }
    readonly buy_and_hold: number
    readonly trades: { readonly trades: number; readonly round_trips: number }
  }
}

const gain = (share: number) => `${share > 0 ? '+' : ''}${percent(share)}`
const percent = (share: number) => `${(share * 100).toFixed(1).replace('-', '\u2212')} %`

describe.skipIf(path === null)('a report in Chromium', () => {
  let browser: Browser
  let accounts: readonly Account[] = []
  const complaints: string[] = []

  beforeAll(async () => {
    const words = [
      'backtest',
      '--from',
      '2009-07-01',
      '--to',
      '2010-03-31',
      '--fee-bps',
      '1',
      '--slippage-bps',
      '3',
      '--report',
      'report.html',
      '--json',
    ]
    const { code, stdout, stderr } = await runInside(words, { folder })
    if (code !== 0) throw new Error(stderr)
    accounts = (jsonLines(stdout)[0] as { readonly accounts: readonly Account[] }).accounts
    browser = await launchChromium(path ?? '')
  }, TIMEOUT)
  afterAll(async () => {
    await browser?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  async function open(name: string, options: Parameters<Browser['newPage']>[0] = {}): Promise<Page> {
    const page = await browser.newPage(options)
    page.setDefaultTimeout(WAIT.timeout)
    page.on('console', (message) => {
      if (message.type() !== 'info' && message.type() !== 'log') complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('request', (request) => {
      if (!request.url().startsWith('file:') && !request.url().startsWith('data:'))
        complaints.push(request.url())
    })
    await page.goto(pathToFileURL(join(folder, name)).href)
    await page.locator('button.why').first().waitFor()
    return page
  }
  const textsOf = (page: Page, selector: string) => page.locator(selector).allInnerTexts()

  it(
    'shows the figures of the run, and loads nothing',
    async () => {
      const page = await open('report.html')
      const [first] = accounts
      if (first === undefined) throw new Error('no account')
      const { equity, buy_and_hold: held, trades } = first.figures
      const cards = (await textsOf(page, '.card')).join('\n')
      expect(cards).toContain(percent(equity.total_return))
      expect(cards).toContain(percent(held))
      expect(cards).toContain(percent(-equity.drawdown.depth))
      expect(cards).toContain(`Round trips\n${trades.round_trips}\n`)
      expect(await page.locator('[role=status]').innerText()).toBe(
        `${trades.trades} of ${first.decisions} decisions`,
      )
      const denials = await textsOf(page, '#denials-over-time ~ div table tbody tr')
      expect(denials.sort()).toEqual(
        Object.entries(first.denials)
          .map(([reason, number]) => `${reason}\t${number}`)
          .sort(),
      )
      // ten seconds: when, what, at which costs; each account beside the others; what is still held
      const head = await page.locator('header').first().innerText()
      expect(head).toContain('2009-07-02 to 2010-04-01')
      expect(head).toMatch(/\b(AAPL, SPX|SPX, AAPL)\b.*; fees 1 bp, slippage 3 bp/)
      const others = await textsOf(page, 'section:first-of-type table tbody tr')
      expect(others.map((row) => row.split('\t').slice(0, 2))).toEqual(
        accounts.map(({ label, figures }) => [label, gain(figures.equity.total_return)]),
      )
      expect(await page.locator('section').first().innerText()).toMatch(
        /Still held at the end: \d+ (AAPL|SPX).*, worth [\d,]+\.\d\d: part of the return/,
      )
      expect(await page.locator('.chart canvas').count()).toBeGreaterThan(4)
      await page.selectOption('header select >> nth=0', accounts[1]?.label ?? '')
      await expect
        .poll(() => page.locator('section h2').first().innerText(), WAIT)
        .toBe(`Account ${accounts[1]?.label}`)
      await page.close()
      expect(complaints).toEqual([])
    },
    TIMEOUT,
  )

  it(
    'sorts, filters and explains by keyboard',
    async () => {
      const page = await open('report.html')
      const firstRow = () => page.locator('.decisions tbody tr[aria-rowindex="2"]').innerText()
      // each is drawn a moment after its key, so what is expected is waited for
      const byTime = page.getByRole('button', { name: 'Time (UTC)' })
      const first = await firstRow()
      await byTime.press('Enter')
      await expect.poll(firstRow, WAIT).not.toBe(first)
      const last = await firstRow()
      expect(first < last).toBe(true)
      await byTime.press('Enter')
      await expect.poll(firstRow, WAIT).toBe(first)
      await page.getByLabel('Show').selectOption('denied')
      // reasons of strategies are shown, and found
      await page.getByLabel('Find').fill('above_upper_band')
      await expect.poll(firstRow, WAIT).toContain('above_upper_band')
      await page.getByLabel('Find').fill('shorts_not')
      await expect.poll(firstRow, WAIT).toContain('denied: shorts_not_allowed')
      const why = page.locator('button.why').first()
      await why.focus()
      await page.keyboard.press('Enter')
      await page.locator('dialog h3').first().waitFor()
      const said = await page.locator('dialog').innerText()
      for (const part of [
        'Features',
        'Strategies',
        'Size',
        'Checks',
        'Order',
        'shorts_not_allowed\tdenied',
      ]) {
        expect(said).toContain(part)
      }
      await page.keyboard.press('Escape')
      // the dialog goes with the page's next drawing, not with the key
      await page.locator('dialog').waitFor({ state: 'detached' })
      await page.close()
    },
    TIMEOUT,
  )

  it.each([
    ['light', { colorScheme: 'light', viewport: { width: 1280, height: 900 } }],
    ['dark', { colorScheme: 'dark', viewport: { width: 1280, height: 900 } }],
    ['a phone', { colorScheme: 'light', viewport: { width: 360, height: 740 } }],
    ['200 %', { colorScheme: 'dark', viewport: { width: 640, height: 450 }, deviceScaleFactor: 2 }],
  ] as const)(
    'fits: %s',
    async (_name, options) => {
      const page = await open('report.html', options)
      const shot = await pictureOf(page)
      expect(shot.length).toBeGreaterThan(20_000)
      const { wide, dark } = await page.evaluate<{ wide: number; dark: string }>(
        `({
          wide: document.documentElement.scrollWidth - innerWidth,
          dark: getComputedStyle(document.body).backgroundColor,
        })`,
      )
      expect(wide).toBeLessThanOrEqual(0)
      expect(dark).toBe(options.colorScheme === 'dark' ? 'rgb(13, 17, 23)' : 'rgb(246, 247, 249)')
      await page.close()
      expect(complaints).toEqual([])
    },
    TIMEOUT,
  )

  it(
    'with a hundred thousand trades still scrolls, and explains the last of them',
    async () => {
      writeFileSync(join(folder, 'large.html'), await writeReport(largeRun(100_000), builtPage()))
      const page = await open('large.html')
      expect(await page.locator('[role=status]').innerText()).toBe('100,000 of 100,000 decisions')
      const mostRows = await page.evaluate<number>(
        `(async () => {
          const frame = document.querySelector('.rows')
          let most = 0
          for (let step = 1; step <= 20; step += 1) {
            frame.scrollTop = (frame.scrollHeight * step) / 20
            await new Promise((done) => requestAnimationFrame(done))
            most = Math.max(most, document.querySelectorAll('.decisions tbody tr').length)
          }
          return most
        })()`,
      )
      // whatever is scrolled to, only what is seen is drawn
      expect(mostRows).toBeLessThan(100)
      expect(mostRows).toBeGreaterThan(5)
      const last = page.locator('.decisions tbody tr[aria-rowindex="100001"]')
      await last.waitFor()
      await last.locator('button.why').click()
      await page.locator('dialog h3').first().waitFor()
      expect(await page.locator('dialog').innerText()).toContain('position 100000')
      await page.close()
      expect(complaints).toEqual([])
    },
    TIMEOUT,
  )
})

describe('a report as a file', () => {
  it('holds no name as markup, and permits its own script alone', async () => {
    const evil = '</script><script>alert(1)</script>'
    const text = await writeReport({ ...largeRun(1, evil), title: evil }, builtPage())
    expect(text).not.toContain('alert(1)')
    expect(text).toMatch(
      /default-src 'none'; script-src 'sha256-[A-Za-z0-9+/]{43}='; style-src 'unsafe-inline';/,
    )
    expect(text).toContain('TradingView Lightweight Charts')
    expect(text).not.toMatch(/<(?:script|link|img)[^>]* (?:src|href)="(?!data:)/)
  })
})

function builtPage() {
  const read = (name: string) => readFileSync(resolve(import.meta.dirname, '../../dist/report', name), 'utf8')
  return { script: read('page.js'), style: read('style.css') }
}

/** Trades of every five minutes, bought and sold in turn. */
function largeRun(count: number, label = 'paper'): ReportInputs {
  const start = instant('2020-01-01T00:00:00Z')
  const at = (index: number) => plusSeconds(start, index * 300)
  const trades = Array.from({ length: count }, (_, index) => ({
    at: at(index),
    symbol: 'BTC/USD',
    side: index % 2 === 0 ? ('buy' as const) : ('sell' as const),
    quantity: 1,
    price: 100 + (index % 7),
    limit: null,
    fee: 0,
    decision: `d${index}`,
    strategies: ['one'],
  }))
  const prices = trades.map(({ symbol, price }, index) => ({ at: at(index), symbol, price }))
  const equity = [0, count].map((index) => ({ at: at(index), equity: 100_000 + index }))
  return {
    title: 'Large',
    terms: null,
    digest: null,
    prices: gatheredPrices(prices),
    accounts: [
      {
        label,
        figures: runFigures(equity, trades, priceHistories(prices)),
        equity,
        trades,
        counts: [],
        strategies: [],
        decisions: explanations(count),
      },
    ],
  }
  async function* explanations(all: number): AsyncGenerator<Explanation> {
    for (let index = 0; index < all; index += 1) {
      yield {
        decisionId: `d${index}`,
        account: label,
        symbol: 'BTC/USD',
        horizon: '5Min',
        origin: 'one',
        side: index % 2 === 0 ? 'buy' : 'sell',
        quantity: decimal('1'),
        price: decimal('100'),
        reasons: ['because'],
        position: index + 1,
        eventTs: at(index),
        tickAt: at(index),
        cycle: index,
        codeVersion: 'test',
        catalogHash: '',
        denied: null,
        figures: null,
        planned: null,
        unplanned: null,
        difference: null,
        order: null,
      }
    }
  }
}

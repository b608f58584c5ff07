/**
 * A run's report as one HTML file that works offline and from disk (docs/backtest.md#report): the page's script and style stand in
 * it, the data is packed, and nothing else is ever loaded.
 *
 * Invariants: what strategies, symbols and accounts are called reaches the page as packed data alone, never as markup; equal runs
 * make equal files.
 */
import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import type { Explanation } from '../explain/explanation.ts'
import { explanationInWords } from '../explain/explanation-in-words.ts'
import { AccountGatherer, type ReportedAccount } from './account-data.ts'
import type { GatheredPrices } from './gathered-prices.ts'
import type { AccountData, ExplanationPiece, ReportData } from './report-data.ts'

/** The page, as the build makes it. */
export interface ReportPage {
  readonly script: string
  readonly style: string
}

export interface ReportHead {
  readonly title: string
  /** What dealing cost in it, in words; null where the broker says. */
  readonly terms: string | null
}

export interface ReportInputs extends ReportHead {
  /** Of a whole run. */
  readonly digest: string | null
  readonly prices: GatheredPrices
  readonly accounts: readonly (ReportedAccount & { readonly decisions: AsyncIterable<Explanation> })[]
}

const PIECE_SIZE = 500

/** The file's text. */
export async function writeReport(inputs: ReportInputs, page: ReportPage): Promise<string> {
  const { title, terms, digest, prices } = inputs
  const accounts: AccountData[] = []
  const pieces: string[] = []
  for (const [index, account] of inputs.accounts.entries()) {
    const gatherer = new AccountGatherer(account)
    const packer = new ExplanationPacker(index)
    for await (const explained of account.decisions) {
      gatherer.add(explained)
      packer.add(explained)
    }
    accounts.push(gatherer.finish(prices.histories))
    pieces.push(...packer.finish())
  }
  const data: ReportData = { title, terms, digest, prices: prices.shown, accounts, pieceSize: PIECE_SIZE }
  return documentOf(page, [packed('data', data), ...pieces])
}

/** Packs explanations piece by piece. */
class ExplanationPacker {
  readonly #account: number
  readonly #pieces: string[] = []
  #piece: ExplanationPiece[number][] = []

  constructor(account: number) {
    this.#account = account
  }

  add(explained: Explanation): void {
    this.#piece.push(explanationInWords(unmeasured(explained)).map(({ title, rows }) => [title, rows]))
    if (this.#piece.length === PIECE_SIZE) this.#pack()
  }

  finish(): readonly string[] {
    this.#pack()
    return this.#pieces
  }

  #pack(): void {
    this.#pieces.push(packed(`why-${this.#account}-${this.#pieces.length}`, this.#piece))
    this.#piece = []
  }
}

/** Without what the machine's own clock has measured: one run's reports are equal, byte for byte. */
function unmeasured(explained: Explanation): Explanation {
  const { order } = explained
  return order === null ? explained : { ...explained, order: { ...order, killSwitchAgeSeconds: null } }
}

/** Base64 knows no character that HTML does. */
function packed(id: string, value: unknown): string {
  const text = gzipSync(JSON.stringify(value), { level: 6 }).toString('base64')
  return `<script type="text/plain" id="${id}">${text}</script>`
}

function documentOf({ script, style }: ReportPage, blocks: readonly string[]): string {
  const hash = createHash('sha256').update(script).digest('base64')
  const policy = `default-src 'none'; script-src 'sha256-${hash}'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'`
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    '<link rel="icon" href="data:,">',
    '<title>Torghut report</title>',
    `<style>${style}</style>`,
    '</head>',
    '<body>',
    '<noscript><p>This report draws itself with a script that stands in this file. Allow scripts for it.</p></noscript>',
    '<div id="report"></div>',
    ...blocks,
    `<script>${script}</script>`,
    '</body>',
    '</html>',
    '',
  ].join('\n')
}

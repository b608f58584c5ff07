/** `torghut decisions`: what was decided for each signal and why, from the local state. */
import { type AccountLabel, parseAccountLabel } from '../domain/account-label.ts'
import type { DecisionRow, DecisionSummary } from '../local/decision-list.ts'
import type { CliContext } from './context.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { type Colors, renderTable } from './output.ts'
import { addVerb, type VerbRegistrar } from './verb.ts'

interface DecisionsOptions {
  readonly account?: string
  readonly symbol?: string
  readonly denied?: true
}

export const registerDecisions: VerbRegistrar = (program, run) => {
  const decisions = addVerb(program, 'decisions', {
    description: 'what was decided for each signal of the run in .torghut/, and why',
    examples: [
      'torghut decisions --account balanced --symbol AAPL',
      'torghut decisions --denied',
      'torghut decisions --json | jq -s "map(select(.decision))"',
    ],
  })
    .option('--account <label>', 'of this account only')
    .option('--symbol <symbol>', 'about this symbol only')
    .option('--denied', 'only what our own checks refused')
  run<DecisionsOptions>(decisions, showDecisions)
}

async function showDecisions(
  { output, folder }: CliContext,
  { account, symbol, denied, json }: DecisionsOptions & { readonly json?: true },
): Promise<ExitCode> {
  const { readStoredRun } = await import('../local/stored-run.ts')
  const { isDenied, listDecisions } = await import('../local/decision-list.ts')
  const rows = await readStoredRun(folder, async (stores, { accounts, source }) => {
    const asked = account === undefined ? accounts : [await knownAccount(account, accounts)]
    const lists = await Promise.all(asked.map((label) => listDecisions(stores, label, source)))
    return lists.flat()
  })
  const shown = rows.filter(
    (row) => (symbol === undefined || row.symbol === symbol) && (denied !== true || isDenied(row)),
  )
  if (json) for (const row of shown) await output.printJson(row)
  else if (shown.length > 0) await output.print(tableOf(shown, output.colors))
  if (shown.length === 0) output.note(`None of the ${rows.length} stored outcomes is like that.`)
  return EXIT.ok
}

async function knownAccount(account: string, known: readonly AccountLabel[]): Promise<AccountLabel> {
  const label = parseAccountLabel(account)
  if (label !== null && known.includes(label)) return label
  const { ConfigurationError } = await import('../domain/errors.ts')
  const { didYouMean } = await import('../config/did-you-mean.ts')
  const { violation } = await import('../config/violations.ts')
  throw new ConfigurationError('The options', [
    violation('--account', JSON.stringify(account), known.join(', '), didYouMean(account, known)),
  ])
}

function tableOf(rows: readonly DecisionRow[], colors: Colors): string {
  const cells = rows.map(({ account, event_ts: at, symbol, outcome, decision }) => {
    const signal = [account, at.slice(0, 16).replace('T', ' '), symbol]
    if (decision === null) return [...signal, colors.dim('-'), colors.dim(outcome.replace('_', ' ')), '']
    return [...signal, wantedBy(decision), becameOf(decision, colors), reasonsOf(decision)]
  })
  return renderTable(['account', 'signal', 'symbol', 'decision', 'outcome', 'why'], cells, colors)
}

function wantedBy({ side, quantity, price }: DecisionSummary): string {
  return `${side} ${quantity}${price === null ? '' : ` at ${price}`}`
}

function becameOf({ denied, order }: DecisionSummary, colors: Colors): string {
  if (denied !== null) return colors.yellow(`denied: ${denied}`)
  if (order === null) return 'not sent yet'
  const { state, filled_quantity: filled, average_fill_price: price } = order
  return price === null ? state : `${state}: ${filled} at ${price}`
}

function reasonsOf({ strategies, reasons }: DecisionSummary): string {
  return `${strategies.join(', ')}: ${reasons.join(', ')}`
}

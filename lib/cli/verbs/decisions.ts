/** `torghut decisions`: what was decided for each signal and why, on a laptop or of a deployed stage. */
import { type AccountLabel, parseAccountLabel } from '../../domain/account-label.ts'
import type { DecisionRow, DecisionSummary } from '../../operations/decision-list.ts'
import { asEpochMs, type EpochMs } from '../../domain/time.ts'
import type { StateStores } from '../../ports/state-stores.ts'
import type { CliContext } from '../context.ts'
import { EXIT, type ExitCode } from '../terminal/exit-codes.ts'
import { type Colors, renderTable } from '../terminal/output.ts'
import { parseSince, type Since } from './since.ts'
import { chosenStage, openChosenDeployment, takesStage, type StageOption } from '../wiring/target.ts'
import { addVerb, type VerbRegistrar } from '../verb.ts'

interface DecisionsOptions extends StageOption {
  readonly since?: Since
  readonly account?: string
  readonly symbol?: string
  readonly denied?: true
  readonly json?: true
}

export const registerDecisions: VerbRegistrar = (program, run) => {
  const decisions = addVerb(program, 'decisions', {
    description: 'what was decided for each signal and why: of the run in .torghut/, or of a stage',
    examples: [
      'torghut decisions --account balanced --symbol AAPL',
      'torghut decisions --denied',
      'torghut decisions --stage dev --since 2h --account paper',
      'torghut decisions --json | jq -s "map(select(.decision))"',
    ],
  })
    .option('--account <label>', 'of this account only')
    .option('--symbol <symbol>', 'about this symbol only')
    .option('--denied', 'only what our own checks refused')
    .option(
      '--since <time>',
      'of cycles since then: how long ago, or an instant; default: all, of a stage 1d',
      parseSince,
    )
  run<DecisionsOptions>(takesStage(decisions), showDecisions)
}

async function showDecisions(context: CliContext, options: DecisionsOptions): Promise<ExitCode> {
  const { isDenied } = await import('../../operations/decision-list.ts')
  const { output } = context
  const { symbol, denied, json } = options
  const rows =
    chosenStage(context, options) === null
      ? await localRows(context, options)
      : await stageRows(context, options)
  const shown = rows.filter(
    (row) => (symbol === undefined || row.symbol === symbol) && (denied !== true || isDenied(row)),
  )
  if (json) for (const row of shown) await output.printJson(row)
  else if (shown.length > 0) await output.print(tableOf(shown, output.colors))
  if (shown.length === 0) output.note(`None of the ${rows.length} stored outcomes is like that.`)
  return EXIT.ok
}

async function localRows(
  { folder }: CliContext,
  { account, since }: DecisionsOptions,
): Promise<DecisionRow[]> {
  const { readStoredRun } = await import('../../local/stored-run.ts')
  return readStoredRun(folder, async (stores, { accounts, source }) => {
    // the run's own time, which is simulated: its latest tick
    const lanes = await Promise.all(accounts.map((label) => stores.lanes.readLane(label, source)))
    const now = asEpochMs(Math.max(0, ...lanes.map((lane) => lane?.lastTickAt ?? 0)))
    return listed(stores, { accounts, source, account, since: since?.(now) ?? null })
  })
}

async function stageRows(context: CliContext, options: DecisionsOptions): Promise<DecisionRow[]> {
  const { readFleet } = await import('../../operations/read-fleet.ts')
  const deployment = await openChosenDeployment(context, options)
  const { accounts, settings } = await readFleet(deployment)
  return listed(deployment.stores, {
    accounts: accounts.map(({ label }) => label),
    source: settings.signalSource,
    account: options.account,
    since: (options.since ?? parseSince('1d'))(deployment.clock.now()),
  })
}

async function listed(
  stores: StateStores,
  asked: {
    readonly accounts: readonly AccountLabel[]
    readonly source: string
    readonly account: string | undefined
    readonly since: EpochMs | null
  },
): Promise<DecisionRow[]> {
  const { listDecisions } = await import('../../operations/decision-list.ts')
  const { accounts, account, source, since } = asked
  const labels = account === undefined ? accounts : [await knownAccount(account, accounts)]
  const lists = await Promise.all(labels.map((label) => listDecisions(stores, label, source, since)))
  return lists.flat()
}

async function knownAccount(account: string, known: readonly AccountLabel[]): Promise<AccountLabel> {
  const label = parseAccountLabel(account)
  if (label !== null && known.includes(label)) return label
  const { ConfigurationError } = await import('../../domain/errors.ts')
  const { didYouMean } = await import('../../domain/did-you-mean.ts')
  const { violation } = await import('../../formats/violations.ts')
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

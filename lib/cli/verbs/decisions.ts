/** `torghut decisions`: what was decided for each signal and why, on a laptop or of a deployed stage. */
import type { AccountLabel } from '../../domain/account-label.ts'
import { type DecisionQuery, listDecisions } from '../../operations/decision-list.ts'
import {
  type DecisionRow,
  type DecisionSummary,
  decisionRow,
  isDenied,
} from '../../operations/decision-row.ts'
import type { StateError } from '../../domain/errors.ts'
import { formatDecimal } from '../../domain/decimal.ts'
import { parseJson } from '../../domain/parse-json.ts'
import { asEpochMs, formatInstant } from '../../domain/time.ts'
import type { StateStores } from '../../ports/state-stores.ts'
import { readStoredRun } from '../../local/stored-run.ts'
import { readFleet } from '../../operations/deployment.ts'
import { spelled } from '../../domain/symbol.ts'
import { isMap } from '../../formats/codec.ts'
import type { CliContext } from '../context.ts'
import { EXIT, type ExitCode } from '../terminal/exit-codes.ts'
import type { Colors, Output } from '../terminal/output.ts'
import { parseSince, type Since } from '../verb.ts'
import { accountNamed, chosenStage, openChosenDeployment, type StageOption } from '../target.ts'

interface DecisionsOptions extends StageOption {
  readonly since?: Since
  readonly account?: string
  readonly symbol?: string
  readonly denied?: true
  /** Only what was sent. */
  readonly orders?: true
  /** Of each account, the newest; 0: all. */
  readonly limit?: number
}

const ROWS_OF_TABLE = 1000

export async function showDecisions(context: CliContext, options: DecisionsOptions): Promise<ExitCode> {
  const { output } = context
  const { json } = options
  const rows: DecisionRow[] = []
  let shown = 0
  const unreadable: StateError[] = []
  const show = async (account: AccountLabel, stores: StateStores, scope: Scope): Promise<number> => {
    const limit = options.limit ?? (json ? 0 : ROWS_OF_TABLE)
    const query: DecisionQuery = {
      account,
      ...scope,
      limit: limit === 0 ? null : limit,
      isWanted: wantedBy(options),
      unreadable: (why) => unreadable.push(why),
    }
    let seen = 0
    let own = 0
    for await (const page of listDecisions(stores, query)) {
      seen += page.seen
      own += page.rows.length
      if (json) await output.printLines(jsonOf(page.rows))
      else rows.push(...page.rows)
    }
    shown += own
    if (!json && own === limit) {
      output.note(`The last ${limit} of account ${account}; --limit 0 shows all.`)
    }
    return seen
  }
  const seen =
    chosenStage(context, options) === null
      ? await localRows(context, options, show)
      : await stageRows(context, options, show)
  if (rows.length > 0) await printRows(rows, output)
  if (shown === 0) output.note(seen === 0 ? nothingStored(context, options) : notLikeThat(seen))
  if (unreadable.length === 0) return EXIT.ok
  output.note(`${unreadable.length} stored cycles cannot be read and are left out: ${unreadable[0]?.message}`)
  return EXIT.negative
}

function notLikeThat(seen: number): string {
  return `None of the ${seen} stored outcomes is like that.`
}

function nothingStored(context: CliContext, options: DecisionsOptions): string {
  if (options.since === undefined && chosenStage(context, options) === null)
    return 'No outcome is stored yet.'
  return 'No outcome is stored of that time: --since 7d looks further back.'
}

async function* jsonOf(rows: readonly DecisionRow[]): AsyncGenerator<string> {
  for (const row of rows) yield JSON.stringify(decisionRow.encode(row))
}

type Scope = Pick<DecisionQuery, 'source' | 'since'>
type Show = (account: AccountLabel, stores: StateStores, scope: Scope) => Promise<number>

function wantedBy({ symbol, denied, orders }: DecisionsOptions): DecisionQuery['isWanted'] {
  const spelling = symbol === undefined ? undefined : spelled(symbol)
  return (row) =>
    (spelling === undefined || spelled(row.symbol) === spelling) &&
    (denied !== true || isDenied(row)) &&
    (orders !== true || (row.decision?.order ?? null) !== null)
}

async function localRows({ folder }: CliContext, options: DecisionsOptions, show: Show): Promise<number> {
  return readStoredRun(folder, async (stores, { accounts, source }) => {
    // the run's own time, which is simulated: its latest tick
    const lanes = await Promise.all(accounts.map((label) => stores.lanes.readLane(label, source)))
    const now = asEpochMs(Math.max(0, ...lanes.map((lane) => lane?.lastTickAt ?? 0)))
    return showAll(accounts, options, stores, { source, since: options.since?.(now) ?? null }, show)
  })
}

async function stageRows(context: CliContext, options: DecisionsOptions, show: Show): Promise<number> {
  const deployment = await openChosenDeployment(context, options)
  const { accounts, settings } = await readFleet(deployment)
  const labels = accounts.map(({ label }) => label)
  const since = (options.since ?? parseSince('1d'))(deployment.clock.now())
  return showAll(labels, options, deployment.stores, { source: settings.signalSource, since }, show)
}

/** How many rows there were to choose from. */
async function showAll(
  accounts: readonly AccountLabel[],
  { account }: DecisionsOptions,
  stores: StateStores,
  scope: Scope,
  show: Show,
): Promise<number> {
  const known = accounts.map((label) => ({ label }))
  const labels = account === undefined ? accounts : [accountNamed(account, known, '--account').label]
  let seen = 0
  for (const label of labels) seen += await show(label, stores, scope)
  return seen
}

async function printRows(rows: readonly DecisionRow[], output: Output): Promise<void> {
  const { colors } = output
  const exchangeTime = new Intl.DateTimeFormat('en-US', {
    timeZone: 'America/New_York',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
  })
  const cells = rows.map(({ account, eventTs, symbol, outcome, failed, decision }) => {
    const at = eventTs === null ? '' : `${formatInstant(eventTs).slice(0, 16).replace('T', ' ')}Z`
    const signal = [account, at, eventTs === null ? '' : exchangeTime.format(eventTs), symbol]
    if (decision === null && failed.length > 0) {
      return [...signal, colors.dim('-'), colors.yellow('strategy error'), failed.join(', '), '']
    }
    if (decision === null)
      return [...signal, colors.dim('-'), colors.dim(outcome.replaceAll('_', ' ')), '', '']
    return [...signal, wishOf(decision), becameOf(decision, colors), reasonsOf(decision), shortIdOf(decision)]
  })
  await output.printTable(
    ['account', 'signal', 'New York', 'symbol', 'decision', 'outcome', 'why', 'id'],
    cells,
  )
}

/** Enough for `torghut explain`. */
function shortIdOf({ decisionId }: DecisionSummary): string {
  return decisionId.slice(0, 10)
}

function wishOf({ side, quantity, price, limitPrice }: DecisionSummary): string {
  const at = price === null ? '' : ` at ${formatDecimal(price)}`
  return `${side} ${formatDecimal(quantity)}${at}${limitPrice === null ? '' : `, limit ${formatDecimal(limitPrice)}`}`
}

function becameOf({ denied, figures, order }: DecisionSummary, colors: Colors): string {
  if (denied !== null) return colors.yellow(`denied: ${denied}${figures === null ? '' : `: ${figures}`}`)
  if (order === null) return 'not sent yet'
  const { state, filledQuantity, averageFillPrice: price, rejection } = order
  if (state === 'rejected' && rejection !== null) return colors.red(`rejected: ${messageOf(rejection)}`)
  return price === null ? state : `${state}: ${formatDecimal(filledQuantity)} at ${formatDecimal(price)}`
}

/** What the broker said, out of its JSON where it is that. */
function messageOf(rejection: string): string {
  const body = parseJson(rejection)
  const message = isMap(body) ? body['message'] : null
  return typeof message === 'string' ? message : rejection
}

function reasonsOf({ strategies, reasons }: DecisionSummary): string {
  return `${strategies.join(', ')}: ${reasons.join(', ')}`
}

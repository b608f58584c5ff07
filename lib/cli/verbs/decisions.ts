/** `torghut decisions`: what was decided for each signal and why, on a laptop or of a deployed stage. */
import type { AccountLabel } from '../../domain/account-label.ts'
import {
  type DecisionRow,
  type DecisionSummary,
  decisionRow,
  isDenied,
  listDecisions,
} from '../../operations/decision-list.ts'
import { formatDecimal } from '../../domain/decimal.ts'
import { parseJson } from '../../domain/parse-json.ts'
import { asEpochMs, formatInstant, type EpochMs } from '../../domain/time.ts'
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
}

export async function showDecisions(context: CliContext, options: DecisionsOptions): Promise<ExitCode> {
  const { output } = context
  const { symbol, denied, json } = options
  const rows =
    chosenStage(context, options) === null
      ? await localRows(context, options)
      : await stageRows(context, options)
  const shown = rows.filter(
    (row) =>
      (symbol === undefined || spelled(row.symbol) === spelled(symbol)) && (denied !== true || isDenied(row)),
  )
  if (json) for (const row of shown) await output.printJson(decisionRow.encode(row))
  else if (shown.length > 0) await printRows(shown, output)
  if (shown.length === 0) output.note(`None of the ${rows.length} stored outcomes is like that.`)
  return EXIT.ok
}

async function localRows(
  { folder }: CliContext,
  { account, since }: DecisionsOptions,
): Promise<DecisionRow[]> {
  return readStoredRun(folder, async (stores, { accounts, source }) => {
    // the run's own time, which is simulated: its latest tick
    const lanes = await Promise.all(accounts.map((label) => stores.lanes.readLane(label, source)))
    const now = asEpochMs(Math.max(0, ...lanes.map((lane) => lane?.lastTickAt ?? 0)))
    return listed(stores, { accounts, source, account, since: since?.(now) ?? null })
  })
}

async function stageRows(context: CliContext, options: DecisionsOptions): Promise<DecisionRow[]> {
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
  const { accounts, account, source, since } = asked
  const known = accounts.map((label) => ({ label }))
  const labels = account === undefined ? accounts : [accountNamed(account, known, '--account').label]
  const lists = await Promise.all(labels.map((label) => listDecisions(stores, label, source, since)))
  return lists.flat()
}

async function printRows(rows: readonly DecisionRow[], output: Output): Promise<void> {
  const { colors } = output
  const cells = rows.map(({ account, eventTs, symbol, outcome, failed, decision }) => {
    const at = eventTs === null ? '' : formatInstant(eventTs)
    const signal = [account, at.slice(0, 16).replace('T', ' '), symbol]
    if (decision === null && failed.length > 0) {
      return [...signal, colors.dim('-'), colors.yellow('strategy error'), failed.join(', '), '']
    }
    if (decision === null)
      return [...signal, colors.dim('-'), colors.dim(outcome.replaceAll('_', ' ')), '', '']
    return [
      ...signal,
      wantedBy(decision),
      becameOf(decision, colors),
      reasonsOf(decision),
      shortIdOf(decision),
    ]
  })
  await output.printTable(['account', 'signal', 'symbol', 'decision', 'outcome', 'why', 'id'], cells)
}

/** Enough for `torghut explain`. */
function shortIdOf({ decisionId }: DecisionSummary): string {
  return decisionId.slice(0, 10)
}

function wantedBy({ side, quantity, price, limitPrice }: DecisionSummary): string {
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

/** `torghut status`: the lanes, orders, queues and kill switch of a stage at a glance. */
import type { EpochMs } from '../../domain/time.ts'
import {
  readStageStatus,
  type AccountStatus,
  type StageStatus,
  type SwitchState,
} from '../../operations/stage-status.ts'
import type { Failure } from '../../operations/troubles.ts'
import type { CliContext } from '../context.ts'
import { durationText, withAge } from '../terminal/age.ts'
import { EXIT, type ExitCode } from '../terminal/exit-codes.ts'
import type { Output } from '../terminal/output.ts'
import type { Cell } from '../terminal/table.ts'
import { openChosenDeployment, type StageOption } from '../target.ts'
import { statusJson } from './status-json.ts'

/** Series that are shown one by one. */
const SHOWN_SERIES = 20

export async function showStatus(context: CliContext, options: StageOption): Promise<ExitCode> {
  const { output } = context
  const deployment = await openChosenDeployment(context, options)
  const now = deployment.clock.now()
  const status = await readStageStatus(deployment)
  if (options.json) {
    await output.printJson({ stage: deployment.stage, ...statusJson(status) })
    return EXIT.ok
  }
  await output.print(`stage ${deployment.stage} on ${deployment.place}; kill switch ${status.killSwitch}\n`)
  if (status.flagsProblem !== null) await output.print(`${problemText(status, output)}\n`)
  await printAccounts(output, status.accounts, now)
  await printOrders(output, status.accounts, now)
  await printMarketData(output, status, now)
  await printQueues(output, status)
  return EXIT.ok
}

function problemText({ flagsProblem }: StageStatus, { colors }: Output): string {
  return colors.red(`${flagsProblem?.message}\nNo lane runs as long as it is like that.`)
}

async function printAccounts(
  output: Output,
  accounts: readonly AccountStatus[],
  now: EpochMs,
): Promise<void> {
  const head = ['account', 'version', 'cursor', 'lag', 'last commit', 'kill switch', 'open circuits']
  const cells = accounts.map((status) => accountCells(status, output, now))
  await output.printTable([...head, 'unsettled', 'open', 'last failure', ''], cells)
}

function accountCells(status: AccountStatus, { colors }: Output, now: EpochMs): Cell[] {
  const { account, killSwitch, lane: read, lastFailure } = status
  const lane = read?.lane ?? null
  const circuits = read?.openCircuits ?? []
  return [
    account,
    lane?.version ?? '-',
    lane?.cursor ?? '-',
    read?.lag ?? '-',
    lane === null || lane.lastTickAt === null ? 'never' : withAge(lane.lastTickAt, now),
    killSwitch satisfies SwitchState,
    circuits.length === 0 ? 'none' : colors.yellow(circuits.join(', ')),
    read?.unsettled.length ?? '-',
    read?.open.length ?? '-',
    lastFailure === null ? 'none' : failureText(lastFailure, lane?.lastTickAt ?? null, now),
    noteOf(status, colors.red),
  ]
}

/** A failure before the last commit is over: what it says need not be so any more. */
function failureText({ at, message }: Failure, lastCommit: EpochMs | null, now: EpochMs): string {
  const over = lastCommit !== null && lastCommit > at ? ', before the last commit' : ''
  return `${withAge(at, now)}${over}: ${message}`
}

function noteOf({ registered, lane, problem }: AccountStatus, alarming: (text: string) => string): string {
  const notes = [
    registered === false ? 'not registered any more' : '',
    problem === null ? '' : `cannot be read: ${problem}`,
    lane?.lane?.halted ? `halted: ${lane.lane.halted}` : '',
  ]
  const told = notes.filter((note) => note !== '')
  return told.length === 0 ? '' : alarming(told.join('; '))
}

async function printOrders(output: Output, accounts: readonly AccountStatus[], now: EpochMs): Promise<void> {
  const cells = accounts.flatMap(({ account, lane }) =>
    [...(lane?.unsettled ?? []), ...(lane?.open ?? [])].map(
      ({ clientOrderId, symbol, side, state, updatedAt }) => [
        account,
        clientOrderId,
        side,
        symbol,
        state,
        withAge(updatedAt, now),
      ],
    ),
  )
  if (cells.length === 0) return
  await output.print('')
  await output.printTable(['account', 'client order id', 'side', 'symbol', 'state', 'updated'], cells)
}

/** The series that bars are missing of, the longest first; of the others how many there are. */
async function printMarketData(output: Output, { marketData }: StageStatus, now: EpochMs): Promise<void> {
  if (marketData === null) return
  const { source, series } = marketData
  const behind = series
    .filter(({ lagSeconds }) => lagSeconds !== null)
    .toSorted((left, right) => (right.lagSeconds ?? 0) - (left.lagSeconds ?? 0))
  const newest = series.flatMap(({ lastBar }) => lastBar ?? []).sort((left, right) => right - left)[0]
  const since = newest === undefined ? 'no bar yet' : `last bar ${withAge(newest, now)}`
  await output.print(`\n${source}: ${series.length} series, ${since}; bars are missing of ${behind.length}`)
  if (behind.length === 0) return
  const cells = behind
    .slice(0, SHOWN_SERIES)
    .map(({ symbol, timeframe, lastBar, lagSeconds }): Cell[] => [
      symbol,
      timeframe,
      lastBar === null ? 'never' : withAge(lastBar, now),
      durationText(lagSeconds ?? 0),
    ])
  await output.printTable(['symbol', 'timeframe', 'last bar', 'missing for'], cells)
}

async function printQueues(output: Output, { queues, troubles }: StageStatus): Promise<void> {
  const cells = queues.map(({ queue, depth, deadLetters }) => [
    queue,
    depth.waiting,
    depth.inFlight,
    deadLetters,
  ])
  await output.print('')
  await output.printTable(['queue', 'waiting', 'in flight', 'dead letters'], cells)
  if (troubles === null) return
  const { quarantinedSignals: signals, quarantinedUpdates: updates } = troubles
  await output.print(`\nput aside in the last 24 h: ${signals} signals, ${updates} trade updates`)
}

/** `torghut status`: the lanes, orders, queues and kill switch of a stage at a glance. */
import { formatInstant } from '../../domain/time.ts'
import {
  type LaneStatus,
  type QueueStatus,
  readLaneStatus,
  readQueueStatus,
} from '../../operations/lane-status.ts'
import { finite, instantText, integer, list, nullable, text } from '../../formats/codec.ts'
import { record } from '../../formats/codec-records.ts'
import { readFleet } from '../../operations/deployment.ts'
import { resolveKillSwitch } from '../../flags/resolve.ts'
import type { CliContext } from '../context.ts'
import { EXIT, type ExitCode } from '../terminal/exit-codes.ts'
import { renderTable, type Output } from '../terminal/output.ts'
import { openChosenDeployment, type StageOption } from '../target.ts'

export async function showStatus(context: CliContext, options: StageOption): Promise<ExitCode> {
  const { output } = context
  const deployment = await openChosenDeployment(context, options)
  const { accounts, settings, environment, overlay } = await readFleet(deployment)
  const now = deployment.clock.now()
  const [lanes, queues] = await Promise.all([
    Promise.all(
      accounts.map(({ label }) => readLaneStatus(deployment.stores, label, settings.signalSource, now)),
    ),
    readQueueStatus(deployment.queues),
  ])
  const switchOf = (account?: LaneStatus['account']) => resolveKillSwitch(environment, overlay, account)
  if (options.json) {
    await output.printJson({
      stage: deployment.stage,
      kill_switch: switchOf(),
      lanes: lanes.map((status) =>
        laneJson.encode({ ...NO_LANE, ...status.lane, ...status, killSwitch: switchOf(status.account) }),
      ),
      queues: queues.map(({ queue, depth, deadLetters }) => ({
        queue,
        waiting: depth.waiting,
        in_flight: depth.inFlight,
        dead_letters: deadLetters,
      })),
    })
    return EXIT.ok
  }
  await output.print(`stage ${deployment.stage} on ${deployment.place}; kill switch ${switchOf()}\n`)
  await printLanes(output, lanes, switchOf)
  await printOrders(output, lanes)
  await printQueues(output, queues)
  return EXIT.ok
}

const orders = list(
  record({
    clientOrderId: text(),
    symbol: text(),
    side: text(),
    state: text(),
    updatedAt: instantText,
  }),
)

const laneJson = record({
  account: text(),
  source: text(),
  killSwitch: text(),
  version: nullable(integer),
  cursor: nullable(integer),
  lag: nullable(integer),
  lastTickAt: nullable(instantText),
  lastCommitAgeSeconds: nullable(finite),
  halted: nullable(text()),
  openCircuits: list(text()),
  unsettled: orders,
  open: orders,
})

const NO_LANE = { version: null, cursor: null, lastTickAt: null, halted: null }

async function printLanes(
  output: Output,
  lanes: readonly LaneStatus[],
  switchOf: (account: LaneStatus['account']) => string,
): Promise<void> {
  const { colors } = output
  const cells = lanes.map(({ account, lane, lag, openCircuits, unsettled, open }) => [
    account,
    lane?.version ?? '-',
    lane?.cursor ?? '-',
    lag ?? '-',
    lane === null || lane.lastTickAt === null ? 'never' : formatInstant(lane.lastTickAt),
    switchOf(account),
    openCircuits.length === 0 ? 'none' : colors.yellow(openCircuits.join(', ')),
    unsettled.length,
    open.length,
    lane === null || lane.halted === null ? '' : colors.red(`halted: ${lane.halted}`),
  ])
  const head = ['account', 'version', 'cursor', 'lag', 'last commit', 'kill switch', 'open circuits']
  await output.printTable([...head, 'unsettled', 'open', ''], cells)
}

async function printOrders(output: Output, lanes: readonly LaneStatus[]): Promise<void> {
  const cells = lanes.flatMap(({ account, unsettled, open }) =>
    [...unsettled, ...open].map(({ clientOrderId, symbol, side, state, updatedAt }) => [
      account,
      clientOrderId,
      side,
      symbol,
      state,
      formatInstant(updatedAt),
    ]),
  )
  if (cells.length === 0) return
  const head = ['account', 'client order id', 'side', 'symbol', 'state', 'updated']
  await output.print(`\n${renderTable(head, cells, output.colors)}`)
}

async function printQueues(output: Output, queues: readonly QueueStatus[]): Promise<void> {
  const cells = queues.map(({ queue, depth, deadLetters }) => [
    queue,
    depth.waiting,
    depth.inFlight,
    deadLetters,
  ])
  await output.print(
    `\n${renderTable(['queue', 'waiting', 'in flight', 'dead letters'], cells, output.colors)}`,
  )
}

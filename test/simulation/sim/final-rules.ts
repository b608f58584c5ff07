/** What a run must have come to, some calm ticks after the last fault. */
import type { Finding } from './execution-rules.ts'
import type { Evidence } from './observed.ts'
import { sourceOf } from './scenario.ts'

const MISS_SPACING_MS = 50_000
/** Statuses that an order keeps. */
/** The longest that the off-beat schedule lets pass between two ticks. */
const OFF_BEAT_MS = 300_000
const ENDS: ReadonlySet<string> = new Set(['filled', 'canceled', 'expired'])
/** Quantities of the exchange are counted in these. */
const UNITS = 1e8

export function judgeRun(world: Evidence): readonly Finding[] {
  const found = [...world.owed.judgeLog(world.log), ...(world.bars?.judgeLog(world.kernel.now) ?? [])]
  const waiting = world.waitingSignals()
  if (waiting > 0)
    found.push(['signal-log', `${waiting} messages of signals are neither stored nor put aside`])
  const end = world.log.end(sourceOf(world.scenario))
  for (const account of world.scenario.accounts) {
    found.push(...judgeNight(world, account))
    found.push(
      ...judgeAccount(world, account, end).map(([name, detail]): Finding => [
        name,
        `${beside(world)}${detail}`,
      ]),
    )
  }
  return found
}

/** What a run is about, where that may be why. */
function beside({ scenario }: Evidence): string {
  if (scenario.unreadableAccount !== null) return 'beside an unreadable account: '
  return scenario.retentionAtTick === null ? '' : 'after the retention: '
}

/** The switch is on and nothing fills: what was open is cancelled, whether or not lanes run. */
function judgeNight({ scenario, exchange, view }: Evidence, account: string): readonly Finding[] {
  if (scenario.special?.kind !== 'night') return []
  // somebody else's order under the id of one that was never sent: nothing tells of it until lanes run again
  const isUnheardOf = (id: string): boolean =>
    exchange.foreign.has(account) && view.execution(account, id)?.state === 'denied'
  const open = exchange.openOrdersOf(account).filter((id) => !isUnheardOf(id))
  return open.length === 0 ? [] : [['kill-switch', `${account}: ${open.join()} stay open at night`]]
}

function judgeAccount(world: Evidence, account: string, end: number): readonly Finding[] {
  const found: Finding[] = []
  const { view } = world
  const { special } = world.scenario
  // no cycle comes any more, so nothing moves the lane
  const isStill = special?.kind === 'night' || (special?.kind === 'withdrawn' && special.account === account)
  const lane = view.lane(account)
  if (lane === null) return end === 0 || isStill ? [] : [['cursor-forward', `${account} has no lane`]]
  if (lane.halted !== null || world.exchange.foreign.has(account)) return []
  if (!isStill && lane.cursor !== end)
    found.push(['cursor-forward', `${account} stands at ${lane.cursor} of ${end}`])
  const unsettled = view.unsettled(account)
  if (unsettled.length > 0)
    found.push(['settled-in-four-ticks', `${account}: ${unsettled.join()} stay unsettled`])
  if (!isStill && lane.unsettled.length > unsettled.length) {
    found.push(['settled-in-four-ticks', `${account}: the lane still lists ${lane.unsettled.join()}`])
  }
  const hasUpdates = !world.faults.happened.some(
    ({ kind }) => kind === 'update_lost' || kind === 'feed_silent',
  )
  // every tick of this schedule reconciles, so no update is needed of what ended before the last one
  const lookedUpTo = special?.kind === 'off_beat' ? world.kernel.now - 2 * OFF_BEAT_MS : -Infinity
  const ordered = new Map<string, number>()
  for (const order of world.exchange.orders(account as never)) {
    const { clientOrderId } = order
    ordered.set(clientOrderId, (ordered.get(clientOrderId) ?? 0) + 1)
    // somebody else's has none
    if (world.lost.has(account, clientOrderId) || clientOrderId.startsWith('by-hand-')) continue
    const execution = view.execution(account, clientOrderId)
    if (execution === null)
      found.push(['decision-first', `${account}: order ${clientOrderId} without execution`])
    else if (execution.alpacaOrderId !== order.id && !wasHidden(execution.state, world)) {
      found.push([
        'settled-in-four-ticks',
        `${account}: ${clientOrderId} is ${execution.state}, the broker holds ${order.status}`,
      ])
    } else if (
      (hasUpdates || (order.endedAt ?? Infinity) < lookedUpTo) &&
      ENDS.has(order.status) &&
      execution.state !== order.status
    ) {
      found.push([
        'equal-plans',
        `${account}: ${clientOrderId} is ${execution.state}, though it is ${order.status} by its updates`,
      ])
    } else if (
      // a correction that came after the moment of a restore is lost with it
      world.scenario.restoreToTick === null &&
      world.exchange.corrected.has(order.id) &&
      execution.alpacaOrderId === order.id &&
      execution.filled !== Number(order.filledQuantity) / UNITS
    ) {
      found.push(['terminal-stays', `${account}: ${clientOrderId} holds a fill that the broker corrected`])
    } else if (
      !world.exchange.corrected.has(order.id) &&
      execution.state === order.status &&
      ENDS.has(order.status) &&
      execution.filled !== Number(order.filledQuantity) / UNITS
    ) {
      const filled = Number(order.filledQuantity) / UNITS
      found.push([
        'equal-plans',
        `${account}: ${clientOrderId} counts ${execution.filled} filled of ${filled}`,
      ])
    }
  }
  for (const execution of view.executions(account)) {
    const { clientOrderId, state } = execution
    const isHeld = ordered.has(clientOrderId)
    const saysHeld = !['denied', 'absent', 'rejected', 'submitting', 'unknown'].includes(state)
    if (saysHeld && !isHeld)
      found.push(['broker-evidence', `${account}: ${clientOrderId} is ${state} without an order`])
  }
  return found
}

/** An order that look-ups did not show for so long may be absent; it is looked up once more within the day. */
function wasHidden(state: string, { scenario }: Evidence): boolean {
  return state === 'absent' && scenario.lookupLagMs > MISS_SPACING_MS
}

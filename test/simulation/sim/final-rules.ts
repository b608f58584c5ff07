/** What a run must have come to, some calm ticks after the last fault. */
import type { Finding } from './execution-rules.ts'
import type { Evidence } from './observed.ts'

export function judgeRun(world: Evidence): readonly Finding[] {
  const found: Finding[] = []
  const end = world.log.end('ta')
  if (end !== world.produced) {
    found.push(['signal-log', `${world.produced} signals were produced, ${end} are stored`])
  }
  for (const account of world.scenario.accounts) {
    found.push(...judgeAccount(world, account, end))
  }
  return found
}

function judgeAccount(world: Evidence, account: string, end: number): readonly Finding[] {
  const found: Finding[] = []
  const { view } = world
  const lane = view.lane(account)
  if (lane === null) return end === 0 ? [] : [['cursor', `${account} has no lane`]]
  if (lane.halted !== null) return []
  if (lane.cursor !== end) found.push(['cursor', `${account} stands at ${lane.cursor} of ${end}`])
  const unsettled = view.unsettled(account)
  if (unsettled.length > 0) found.push(['recovery', `${account}: ${unsettled.join()} stay unsettled`])
  if (lane.unsettled.length > unsettled.length) {
    found.push(['recovery', `${account}: the lane still lists ${lane.unsettled.join()}`])
  }
  const ordered = new Map<string, number>()
  for (const order of world.exchange.orders(account as never)) {
    const { clientOrderId } = order
    ordered.set(clientOrderId, (ordered.get(clientOrderId) ?? 0) + 1)
    const execution = view.execution(account, clientOrderId)
    if (execution === null)
      found.push(['decision-first', `${account}: order ${clientOrderId} without execution`])
    else if (execution.alpacaOrderId !== order.id) {
      found.push([
        'recovery',
        `${account}: ${clientOrderId} is ${execution.state}, the broker holds ${order.status}`,
      ])
    }
  }
  for (const execution of view.executions(account)) {
    const { clientOrderId, state } = execution
    const isHeld = ordered.has(clientOrderId)
    const saysHeld = !['denied', 'absent', 'rejected', 'submitting', 'unknown'].includes(state)
    if (saysHeld && !isHeld)
      found.push(['evidence', `${account}: ${clientOrderId} is ${state} without an order`])
  }
  return found
}

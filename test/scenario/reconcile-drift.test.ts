/**
 * Two passes of reconcile leave nothing that differs, whatever stood on both sides before: whose orders they are, what was
 * decided, stored, held and told of.
 */
import { fc } from '../support/properties.ts'
import { describe, expect, it } from 'vitest'
import { decimal, ZERO } from '../../lib/domain/decimal.ts'
import type { Execution } from '../../lib/domain/execution.ts'
import { asAlpacaOrderId, asClientOrderId, type ClientOrderId } from '../../lib/domain/ids.ts'
import { aBrokerOrder, at } from '../support/order-fixtures.ts'
import { ReconciledAccount } from '../support/reconciled-account.ts'
import { aDecision, ALPHA, anExecution } from '../support/state-samples.ts'

/** One order, as it may stand on both sides. */
interface Case {
  readonly isOurs: boolean
  readonly decided: 'accepted' | 'denied' | 'not'
  readonly stored: 'not' | 'unknown' | 'accepted' | 'absent' | 'denied'
  readonly held: 'not' | 'new' | 'partially_filled' | 'filled' | 'canceled'
  readonly parked: 'not' | 'by both ids' | 'by ours' | 'by the broker’s'
}

const aCase: fc.Arbitrary<Case> = fc.record({
  isOurs: fc.boolean(),
  decided: fc.constantFrom('accepted', 'denied', 'not'),
  stored: fc.constantFrom('not', 'unknown', 'accepted', 'absent', 'denied'),
  held: fc.constantFrom('not', 'new', 'partially_filled', 'filled', 'canceled'),
  parked: fc.constantFrom('not', 'by both ids', 'by ours', 'by the broker’s'),
})

const FILLED = { not: '0', new: '0', partially_filled: '4', filled: '10', canceled: '0' } as const
const STATES = {
  new: 'accepted',
  partially_filled: 'partially_filled',
  filled: 'filled',
  canceled: 'canceled',
} as const

async function place(paper: ReconciledAccount, one: Case, seq: number) {
  const outcome =
    one.decided === 'denied'
      ? ({ kind: 'denied', reason: 'signal_too_old', figures: null } as const)
      : ({ kind: 'accepted' } as const)
  const decision = aDecision(seq, ALPHA, { outcome })
  const clientOrderId = one.isOurs ? decision.clientOrderId : asClientOrderId(`by-hand-${seq}`)
  const alpacaOrderId = asAlpacaOrderId(`order-${seq}`)
  // an execution has an accepted decision, and one that was accepted has an order
  const isStored = one.isOurs && one.decided === 'accepted' && one.stored !== 'not'
  const state = one.stored === 'accepted' && one.held === 'not' ? 'unknown' : one.stored
  if (one.isOurs && one.decided !== 'not') await paper.decisions.putDecision(decision)
  if (one.parked !== 'not') {
    await paper.hears({
      clientOrderId: one.parked === 'by the broker’s' ? null : clientOrderId,
      alpacaOrderId: one.parked === 'by ours' ? null : alpacaOrderId,
      eventType: 'pending_new',
      status: 'pending_new',
      filledQuantity: ZERO,
    })
  }
  if (isStored) {
    const known = state === 'accepted' ? { alpacaOrderId } : {}
    await paper.holds(anExecution({ state: state as Execution['state'], claim: null, ...known }, decision))
  }
  if (one.held !== 'not') {
    const order = aBrokerOrder({ clientOrderId, alpacaOrderId, status: one.held, filled: FILLED[one.held] })
    paper.orders.set(clientOrderId, order)
    paper.sent.push({ ...order, sentAt: at(5 + seq), order })
  }
  return { one, clientOrderId, alpacaOrderId, isStored, state }
}

/** What is to become of an order: its execution's state and fill, or whether it is external. */
function expectedEnd({ one, isStored, state }: Awaited<ReturnType<typeof place>>): unknown {
  if (one.held === 'not') return { isThere: isStored }
  const isOfOurs = one.isOurs && one.decided === 'accepted' && !(isStored && state === 'denied')
  return isOfOurs ? { state: STATES[one.held], filled: decimal(FILLED[one.held]) } : 'external'
}

async function endOf(
  paper: ReconciledAccount,
  { one, clientOrderId, alpacaOrderId }: Awaited<ReturnType<typeof place>>,
): Promise<unknown> {
  const execution = await paper.execution(clientOrderId)
  if (one.held === 'not') return { isThere: execution !== null }
  if (execution?.alpacaOrderId === alpacaOrderId) {
    return { state: execution.state, filled: execution.filledQuantity }
  }
  return (await paper.unmatched.readUnmatched(ALPHA, alpacaOrderId))?.state
}

async function stateOf(
  paper: ReconciledAccount,
  orders: readonly { clientOrderId: ClientOrderId; alpacaOrderId: string }[],
) {
  return Promise.all(
    orders.map(async ({ clientOrderId, alpacaOrderId }) => [
      await paper.execution(clientOrderId),
      await paper.unmatched.readUnmatched(ALPHA, alpacaOrderId),
      await paper.unmatched.readUnmatched(ALPHA, `client:${clientOrderId}`),
    ]),
  )
}

describe('whatever differs', () => {
  it('differs no more after two passes, and each order is what it should be', async () => {
    const property = fc.asyncProperty(fc.array(aCase, { maxLength: 12 }), async (cases) => {
      const paper = new ReconciledAccount()
      const placed = []
      for (const [index, one] of cases.entries()) placed.push(await place(paper, one, index + 1))
      for (const pass of [1, 2]) {
        paper.clock.set(at(pass * 900))
        await paper.reconcile(1000)
      }
      const settled = await stateOf(paper, placed)
      paper.clock.set(at(3 * 900))
      expect(await paper.reconcile(1000)).toMatchObject({ drift: 0, mismatches: [] })
      expect(await stateOf(paper, placed)).toEqual(settled)
      expect(await paper.unmatched.listParked(ALPHA)).toEqual([])
      const ends = await Promise.all(placed.map((order) => endOf(paper, order)))
      expect(ends).toEqual(placed.map(expectedEnd))
    })
    await fc.assert(property, { numRuns: 300 })
  })
})

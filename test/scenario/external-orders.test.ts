/**
 * Orders at the broker that no execution stands for: those of ours get theirs back, others are marked, and updates that
 * waited are applied or told to be about nothing of ours.
 */
import { describe, expect, it } from 'vitest'
import { decimal } from '../../lib/domain/decimal.ts'
import type { Decision } from '../../lib/domain/decision.ts'
import { UnavailableError } from '../../lib/domain/errors.ts'
import { asAlpacaOrderId, asClientOrderId } from '../../lib/domain/ids.ts'
import type { BrokerOrder, SentOrder } from '../../lib/ports/broker.ts'
import { aBrokerOrder, at, ORDER_ID } from '../support/order-fixtures.ts'
import { ReconciledAccount } from '../support/reconciled-account.ts'
import { aDecision, ALPHA, anExecution, BETA } from '../support/state-samples.ts'

const OURS = anExecution().clientOrderId
const FOREIGN = asClientOrderId('by-hand-1')

function sent(order: Partial<BrokerOrder> = {}, seconds = 5): SentOrder {
  const held = aBrokerOrder(order)
  return { ...held, sentAt: at(seconds), order: held }
}

const marked = async (paper: ReconciledAccount, key: string = ORDER_ID) =>
  (await paper.unmatched.readUnmatched(ALPHA, key))?.reason ?? null

describe('an order of ours without an execution', () => {
  it('gets one, by its decision and the broker’s word, which can never be sent', async () => {
    const paper = new ReconciledAccount()
    await paper.decisions.putDecision(aDecision())
    paper.sent.push(
      sent({ status: 'filled', filledQuantity: decimal('10'), averageFillPrice: decimal('101.5') }),
    )
    expect(await paper.reconcile()).toMatchObject({ backfilled: [OURS], drift: 1, mismatches: [] })
    expect(await paper.execution()).toMatchObject({
      decisionId: aDecision().decisionId,
      state: 'filled',
      filledQuantity: decimal('10'),
      alpacaOrderId: ORDER_ID,
      neverPostAgain: true,
      claim: null,
    })
    expect(await paper.executions.readPointer(ALPHA, ORDER_ID)).toBe(OURS)
    expect(paper.telemetry.total('reconcile_updates_total')).toBe(1)
    expect(await paper.reconcile()).toMatchObject({ backfilled: [], drift: 0 })
  })

  it('is settled by a look-up where its adoption was interrupted', async () => {
    const paper = new ReconciledAccount()
    await paper.decisions.putDecision(aDecision())
    paper.sent.push(sent({ status: 'new' }))
    paper.orders.set(OURS, aBrokerOrder({ status: 'new' }))
    const putPointer = paper.executions.putPointer.bind(paper.executions)
    paper.executions.putPointer = async () => {
      throw new UnavailableError('the table is throttled')
    }
    expect(await paper.reconcile()).toMatchObject({ unavailable: 'the table is throttled' })
    expect(await paper.execution()).toMatchObject({ state: 'unknown', neverPostAgain: true })
    paper.executions.putPointer = putPointer
    await paper.reconcile()
    expect(await paper.execution()).toMatchObject({ state: 'accepted', alpacaOrderId: ORDER_ID })
  })

  it('halts its lane where it is another order than its decision’s', async () => {
    const paper = new ReconciledAccount()
    await paper.decisions.putDecision(aDecision())
    paper.sent.push(sent({ quantity: decimal('3') }))
    expect((await paper.reconcile()).mismatches).toEqual([
      expect.objectContaining({ clientOrderId: OURS, detail: expect.stringContaining('quantity') as string }),
    ])
    expect(await paper.execution()).toMatchObject({ state: 'unknown', alpacaOrderId: null })
  })

  it.each<[string, Decision | null, Partial<SentOrder>]>([
    ['no_decision', null, {}],
    [
      'decision_denied',
      aDecision(1, ALPHA, { outcome: { kind: 'denied', reason: 'signal_too_old', figures: null } }),
      {},
    ],
    ['unlike_decision', aDecision(), { order: null }],
    [
      'no_decision',
      aDecision(1, ALPHA, { brokerTarget: { mode: 'paper', baseUrl: 'http://127.0.0.1:2' } }),
      {},
    ],
    ['no_decision', aDecision(1, BETA, { clientOrderId: OURS }), {}],
  ])('stays without one, and is external: %s', async (reason, decision, changes) => {
    const paper = new ReconciledAccount()
    if (decision !== null) await paper.decisions.putDecision(decision)
    paper.sent.push({ ...sent(), ...changes })
    expect(await paper.reconcile()).toMatchObject({ external: 1, backfilled: [], drift: 1 })
    expect([await marked(paper), await paper.execution()]).toEqual([reason, null])
    expect(await paper.reconcile()).toMatchObject({ external: 0, drift: 0 })
    expect(paper.telemetry.total('orders_external_total')).toBe(1)
  })
})

describe('an order in the broker’s list', () => {
  it('that is not ours is marked as external, once', async () => {
    const paper = new ReconciledAccount()
    paper.sent.push(sent({ clientOrderId: FOREIGN }))
    expect(await paper.reconcile()).toMatchObject({ external: 1, drift: 1 })
    expect(await marked(paper)).toBe('not_ours')
    expect(await paper.reconcile()).toMatchObject({ external: 0, drift: 0 })
    expect(paper.lookedUp).toEqual([])
  })

  it('reopens an execution that was found absent, whenever that was', async () => {
    const paper = new ReconciledAccount()
    await paper.holds(
      anExecution({ state: 'absent', recheckedAt: at(30), misses: { count: 2, lastAt: at(20) } }),
    )
    paper.sent.push(sent())
    expect(await paper.reconcile()).toMatchObject({ reopened: [OURS], drift: 1 })
    expect(await paper.execution()).toMatchObject({ state: 'accepted', alpacaOrderId: ORDER_ID })
  })

  it.each([
    ['never_sent', { state: 'denied' }],
    ['never_sent', { state: 'rejected' }],
    ['never_sent', { state: 'accepted', alpacaOrderId: asAlpacaOrderId('another') }],
    [
      'disowned',
      { state: 'disowned', disowned: { operator: 'somebody', at: at(30), alpacaOrderId: ORDER_ID } },
    ],
  ] as const)('changes no execution that says otherwise: %s', async (reason, changes) => {
    const paper = new ReconciledAccount()
    const execution = anExecution({ ...changes, claim: null })
    await paper.holds(execution)
    paper.sent.push(sent())
    await paper.reconcile()
    expect([await marked(paper), await paper.execution()]).toEqual([reason, execution])
  })

  it('is met, however many there are, and though some were sent at the same time', async () => {
    const paper = new ReconciledAccount()
    paper.page = 3
    const seconds = [1, 1, 1, 2, 3, 3, 4, 5, 5, 5, 6]
    for (const [index, second] of seconds.entries()) {
      const id = {
        clientOrderId: asClientOrderId(`hand-${index}`),
        alpacaOrderId: asAlpacaOrderId(`o-${index}`),
      }
      paper.sent.push(sent(id, second))
    }
    await paper.reconcile()
    const reasons = seconds.map((_, index) => marked(paper, `o-${index}`))
    expect(new Set(await Promise.all(reasons))).toEqual(new Set(['not_ours']))
  })

  it('is asked for from where the last pass came to, less ten minutes, and from there again after an outage', async () => {
    const paper = new ReconciledAccount()
    paper.clock.set(at(1000))
    await paper.reconcile()
    paper.listOutage = '503'
    expect(await paper.reconcile()).toMatchObject({ unavailable: '503' })
    paper.listOutage = null
    paper.clock.set(at(5000))
    await paper.reconcile()
    // a clock that was ahead for a moment
    paper.clock.set(at(90_000))
    await paper.reconcile()
    paper.clock.set(at(6000))
    await paper.reconcile()
    const day = 86_400
    expect(paper.listed).toEqual([1000 - day, 400, 400, 4400, 6000 - day].map((second) => at(second)))
  })
})

describe('an update of an order that nobody knows', () => {
  it('is parked, and its order is adopted by what the broker says of it', async () => {
    const paper = new ReconciledAccount()
    await paper.decisions.putDecision(aDecision())
    await paper.hears({ clientOrderId: OURS })
    expect(await paper.unmatched.listParked(ALPHA)).toHaveLength(1)
    expect(await paper.execution()).toBeNull()
    paper.orders.set(OURS, aBrokerOrder({ status: 'new' }))
    expect(await paper.reconcile()).toMatchObject({ backfilled: [OURS], drift: 1 })
    // the look-up tells less than the update that waited
    expect(await paper.execution()).toMatchObject({ state: 'filled', filledQuantity: decimal('10') })
    expect(await paper.unmatched.listParked(ALPHA)).toEqual([])
    expect(await paper.reconcile()).toMatchObject({ drift: 0 })
  })

  it('that was parked a moment too early is applied to the execution that came', async () => {
    const paper = new ReconciledAccount()
    await paper.hears({ clientOrderId: null, alpacaOrderId: ORDER_ID })
    await paper.holds(anExecution({ state: 'submitting' }))
    await paper.executions.putPointer(ALPHA, ORDER_ID, OURS)
    expect(await paper.reconcile()).toMatchObject({ adopted: 1 })
    expect(await paper.execution()).toMatchObject({ state: 'filled', alpacaOrderId: ORDER_ID })
    expect(await paper.reconcile()).toMatchObject({ adopted: 0, drift: 0 })
  })

  it('and is not of our making asks nothing of the broker', async () => {
    const paper = new ReconciledAccount()
    await paper.hears({ clientOrderId: FOREIGN })
    await paper.hears({ clientOrderId: asClientOrderId(`tg-${'0'.repeat(40)}`), alpacaOrderId: null })
    expect(await paper.reconcile()).toMatchObject({ external: 2 })
    expect(await marked(paper)).toBe('not_ours')
    expect(await marked(paper, `client:tg-${'0'.repeat(40)}`)).toBe('no_decision')
    expect(paper.lookedUp).toEqual([])
    // further ones of the same order are stored and not parked again
    await paper.hears({ clientOrderId: FOREIGN, eventType: 'canceled' })
    expect(await paper.unmatched.listParked(ALPHA)).toEqual([])
  })

  it('by the broker’s id alone waits until the list has passed it', async () => {
    const paper = new ReconciledAccount()
    await paper.hears({ clientOrderId: null })
    await paper.reconcile()
    expect(await paper.unmatched.listParked(ALPHA)).toHaveLength(1)
    paper.clock.set(at(700))
    await paper.reconcile()
    expect(await marked(paper)).toBe('not_ours')
  })

  it('and is forged makes nothing of it, however convincing: the broker does not know its order', async () => {
    const paper = new ReconciledAccount()
    await paper.decisions.putDecision(aDecision())
    await paper.hears({ clientOrderId: OURS })
    await paper.reconcile()
    expect(await paper.unmatched.listParked(ALPHA)).toHaveLength(1)
    paper.clock.set(at(700))
    await paper.reconcile()
    expect([await marked(paper), await paper.execution()]).toEqual(['not_at_broker', null])
    expect(await paper.reconcile()).toMatchObject({ drift: 0 })
    expect(paper.lookedUp).toHaveLength(2)
  })

  it('waits while the broker is away, and for room', async () => {
    const paper = new ReconciledAccount()
    await paper.decisions.putDecision(aDecision())
    await paper.hears({ clientOrderId: OURS })
    paper.outage = 'timeout'
    expect(await paper.reconcile()).toMatchObject({ unavailable: 'timeout' })
    expect(await paper.reconcile(0)).toMatchObject({ unavailable: null })
    expect(await paper.unmatched.listParked(ALPHA)).toHaveLength(1)
    expect(paper.lookedUp).toHaveLength(1)
  })
})

describe('another account', () => {
  it('that shares ids and has everything parked is never touched', async () => {
    const paper = new ReconciledAccount()
    const beta = anExecution({ state: 'accepted' }, aDecision(1, BETA, { clientOrderId: OURS }))
    await paper.holds(beta)
    await paper.decisions.putDecision(aDecision())
    await paper.hears({ accountLabel: BETA, clientOrderId: FOREIGN })
    paper.sent.push(sent(), sent({ clientOrderId: FOREIGN, alpacaOrderId: asAlpacaOrderId('o-2') }))
    const before = await paper.unmatched.listParked(BETA)
    expect(before).toHaveLength(1)
    expect(await paper.reconcile()).toMatchObject({ backfilled: [OURS], external: 1 })
    expect(await paper.unmatched.listParked(BETA)).toEqual(before)
    expect(await paper.executions.readExecution(BETA, OURS)).toEqual(beta)
    expect(await paper.executions.readPointer(BETA, ORDER_ID)).toBeNull()
  })
})

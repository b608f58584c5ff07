/** Terminal states and equal ends over generated histories: what arrives how often, and when, makes no difference. */
import { fc } from '../support/properties.ts'
import { describe, expect, it } from 'vitest'
import { asDecimal, formatDecimal } from '../../lib/domain/decimal.ts'
import { isTerminal, isUnsettled, type Execution } from '../../lib/domain/execution.ts'
import type { OrderEvent } from '../../lib/domain/order-event.ts'
import { withBrokerOrder, withOrderEvents } from '../../lib/orders/execution/broker-reports.ts'
import { changed } from '../../lib/orders/execution/moves.ts'
import type { BrokerOrder } from '../../lib/ports/broker.ts'
import { aBrokerOrder, at, aTradeUpdate } from '../support/order-fixtures.ts'
import { anExecution } from '../support/state-samples.ts'

type Report =
  | { readonly kind: 'update'; readonly event: OrderEvent }
  | { readonly kind: 'look-up'; readonly order: BrokerOrder }

const NOW = at(600)
const START_STATES = ['submitting', 'unknown', 'absent'] as const

function apply(execution: Execution, report: Report): Execution {
  return report.kind === 'update'
    ? changed(execution, withOrderEvents([report.event]), NOW)
    : changed(execution, withBrokerOrder(report.order), NOW)
}

/** Everything but how often it was written. */
function outcome({ revision: _revision, ...rest }: Execution): Omit<Execution, 'revision'> {
  return rest
}

/** What a broker that keeps its own rules reports of one order: fills, busts, one end, and fills after it. */
const history: fc.Arbitrary<readonly Report[]> = fc
  .record({
    steps: fc.array(
      fc.record({
        kind: fc.constantFrom('fill', 'fill', 'fill', 'trade_bust', 'trade_correct', 'pending_cancel'),
        quantity: fc.bigInt(1n, 4n),
        price: fc.integer({ min: 90, max: 110 }),
        lookedUp: fc.boolean(),
        sequenced: fc.boolean(),
      }),
      { maxLength: 8 },
    ),
    end: fc.constantFrom('filled', 'canceled', 'expired', 'rejected', 'replaced', null),
    endsAfter: fc.nat(8),
  })
  .map(({ steps, end, endsAfter }) => {
    const reports: Report[] = [
      { kind: 'update', event: aTradeUpdate({ eventType: 'new', status: 'new', eventTs: at(0) }) },
    ]
    let filledUnits = 0n
    let ended = false
    for (const [index, step] of [...steps, null].entries()) {
      if (step !== null) {
        if (step.kind === 'fill') filledUnits += step.quantity
        if (step.kind === 'trade_bust')
          filledUnits = filledUnits > step.quantity ? filledUnits - step.quantity : 0n
      }
      ended ||= end !== null && (index >= endsAfter || step === null)
      const open = filledUnits > 0n ? 'partially_filled' : 'accepted'
      const status = ended && end !== null ? end : open
      const filled = formatDecimal(asDecimal(filledUnits * 100_000_000n))
      const price = filledUnits === 0n || step === null ? null : String(step.price)
      const eventTs = at(index + 1)
      const fillName = status === 'filled' ? 'fill' : 'partial_fill'
      const eventType = step === null ? status : step.kind === 'fill' ? fillName : step.kind
      const feedSeq = step?.sequenced === true ? index : null
      reports.push({
        kind: 'update',
        event: aTradeUpdate({ eventType, status, eventTs, feedSeq, filled, price }),
      })
      if (step?.lookedUp === true) {
        reports.push({ kind: 'look-up', order: aBrokerOrder({ status, filled, price, updatedAt: eventTs }) })
      }
    }
    return reports
  })

/** Any reports at all, sensible or not. */
const nonsense: fc.Arbitrary<readonly Report[]> = fc.array(
  fc
    .record({
      lookedUp: fc.boolean(),
      seconds: fc.option(fc.nat(4)),
      feedSeq: fc.option(fc.nat(3)),
      status: fc.option(
        fc.constantFrom('new', 'partially_filled', 'filled', 'canceled', 'expired', 'rejected', 'nonsense'),
      ),
      eventType: fc.option(fc.constantFrom('fill', 'trade_bust', 'trade_correct', 'canceled', 'nonsense')),
      filled: fc.option(fc.nat(10).map(String)),
      price: fc.option(fc.integer({ min: 99, max: 101 }).map(String)),
    })
    .map(({ lookedUp, seconds, feedSeq, status, eventType, filled, price }): Report => {
      const time = seconds === null ? null : at(seconds)
      return lookedUp
        ? {
            kind: 'look-up',
            order: aBrokerOrder({ status: status ?? 'held', filled: filled ?? '0', price, updatedAt: time }),
          }
        : {
            kind: 'update',
            event: aTradeUpdate({ status, eventType, eventTs: time, feedSeq, filled, price }),
          }
    }),
  { minLength: 1, maxLength: 12 },
)

/** The reports in another order, some of them more than once, none missing. */
function redelivered(reports: fc.Arbitrary<readonly Report[]>): fc.Arbitrary<{
  readonly sent: readonly Report[]
  readonly received: readonly Report[]
}> {
  return reports.chain((sent) =>
    fc
      .tuple(
        fc.shuffledSubarray([...sent], { minLength: sent.length }),
        fc.array(fc.constantFrom(...sent), { maxLength: 6 }),
        fc.infiniteStream(fc.nat()),
      )
      .map(([shuffled, repeats, places]) => {
        const received = [...shuffled]
        for (const repeat of repeats) {
          received.splice(Number(places.next().value) % (received.length + 1), 0, repeat)
        }
        return { sent, received }
      }),
  )
}

const start = fc.constantFrom(...START_STATES).map((state) => anExecution({ state }))

describe('an execution', () => {
  it.each([
    ['a broker that keeps its rules', history],
    ['any nonsense', nonsense],
  ])('ends alike however the reports of %s arrive', (_, reports) => {
    fc.assert(
      fc.property(start, redelivered(reports), (execution, { sent, received }) => {
        expect(outcome(received.reduce(apply, execution))).toEqual(outcome(sent.reduce(apply, execution)))
      }),
      { numRuns: 500 },
    )
  })

  it('ends alike when updates are applied together or one by one', () => {
    fc.assert(
      fc.property(redelivered(history), ({ received }) => {
        const events = received.flatMap((report) => (report.kind === 'update' ? [report.event] : []))
        const together = changed(anExecution(), withOrderEvents(events), NOW)
        const oneByOne = events.reduce((e, event) => changed(e, withOrderEvents([event]), NOW), anExecution())
        expect(outcome(together)).toEqual(outcome(oneByOne))
      }),
    )
  })

  it('never leaves its end, never becomes unsettled, and loses fills by corrections alone', () => {
    fc.assert(
      fc.property(redelivered(history), ({ received }) => {
        let before = anExecution()
        for (const report of received) {
          const after = apply(before, report)
          expect(isTerminal(before.state) ? before.state : after.state).toBe(after.state)
          expect(isUnsettled(after.state)).toBe(false)
          const corrects = report.kind === 'update' && report.event.eventType?.startsWith('trade_') === true
          expect(corrects || after.filledQuantity >= before.filledQuantity).toBe(true)
          expect(after.revision - before.revision).toBe(after === before ? 0 : 1)
          before = after
        }
      }),
      { numRuns: 500 },
    )
  })

  it('ends with what the broker said last of the fills', () => {
    fc.assert(
      fc.property(redelivered(history), ({ sent, received }) => {
        const last = sent.findLast((report) => report.kind === 'update')
        const expected = last?.kind === 'update' ? last.event.filledQuantity : null
        expect(received.reduce(apply, anExecution()).filledQuantity).toBe(expected)
      }),
      { numRuns: 500 },
    )
  })

  it('stays small however often the broker contradicts itself', () => {
    const contradictions = Array.from({ length: 500 }, (_, index) =>
      aTradeUpdate({ status: 'partially_filled', eventTs: at(index), filled: String(1000 - index) }),
    )
    const execution = changed(anExecution(), withOrderEvents(contradictions), NOW)
    expect(execution.evidence?.fills.length).toBeLessThanOrEqual(16)
    expect(formatDecimal(execution.filledQuantity)).toBe('1000')
  })
})

/**
 * The table of moves against the protocol (docs/architecture.md#moves), what the answers to a POST prove, and
 * that nothing is written which the table does not allow.
 */
import { describe, expect, it } from 'vitest'
import { MemoryExecutionStore } from '../../lib/adapters/memory/execution-store.ts'
import { StateError } from '../../lib/domain/errors.ts'
import {
  isTerminal,
  isUnsettled,
  OPEN_STATES,
  TERMINAL_STATES,
  UNSETTLED_STATES,
  type Execution,
  type ExecutionState,
} from '../../lib/domain/execution.ts'
import { asMonotonicMs } from '../../lib/domain/time.ts'
import { judgeAnswer, judgeLookup } from '../../lib/orders/execution/answers.ts'
import { withBrokerOrder, withOrderEvents } from '../../lib/orders/execution/broker-reports.ts'
import { changed, MOVES, nextRevision, type Change, type Move } from '../../lib/orders/execution/moves.ts'
import {
  missed,
  rechecked,
  refusedAgain,
  rejected,
  released,
  takenOver,
  unanswered,
  withdrawn,
} from '../../lib/orders/execution/transitions.ts'
import { recordChange, recordNew } from '../../lib/orders/record-change.ts'
import type { OrderLookup, SubmitAnswer } from '../../lib/ports/broker.ts'
import { aBrokerOrder, at, aTradeUpdate } from '../support/order-fixtures.ts'
import { anExecution } from '../support/state-samples.ts'
import { silentTelemetry } from '../support/telemetry.ts'

const NOW = at(600)
const STATES: readonly ExecutionState[] = [...UNSETTLED_STATES, ...OPEN_STATES, ...TERMINAL_STATES]
const FROM = ['none', ...STATES] as const
const kinds = Object.keys(MOVES) as Move[]

const ends = ['filled', 'canceled', 'expired', 'replaced', 'rejected']
const known = ['accepted', 'partially_filled', ...ends]

/** What the protocol allows, whatever the reason. */
const protocol: Readonly<Record<(typeof FROM)[number], readonly string[]>> = {
  none: ['submitting', 'unknown', 'denied'],
  submitting: ['submitting', 'unknown', 'denied', 'absent', 'disowned', ...known],
  unknown: ['submitting', 'unknown', 'absent', 'disowned', ...known],
  accepted: ['disowned', ...known],
  partially_filled: ['partially_filled', 'disowned', ...ends],
  filled: ends,
  canceled: ends,
  expired: ends,
  replaced: ends,
  rejected: ends,
  denied: [],
  absent: ['absent', 'disowned', ...known],
  disowned: [],
}

function allowed(move: Move, from: (typeof FROM)[number]): readonly ExecutionState[] {
  const moves: Readonly<Record<string, readonly ExecutionState[] | undefined>> = MOVES[move]
  return moves[from] ?? []
}

const holding = { claim: anExecution().claim ?? expect.unreachable('no claim'), permission: null }
const takeover = { ...holding, claim: { ...holding.claim, takeover: true } }

describe('the table of moves', () => {
  it.each(FROM)('allows what the protocol does from %s, and nothing else', (from) => {
    const own = kinds.filter((move) => move !== 'imported')
    const reached = new Set<string>(own.flatMap((move) => allowed(move, from)))
    expect(reached).toEqual(new Set(protocol[from]))
  })

  it('lets an import begin with what the broker knows, and touch nothing that is there', () => {
    expect(Object.entries(MOVES.imported)).toEqual([['none', known]])
  })

  it('takes nothing settled back, and no end but by what the broker says, or an operator of an absent one', () => {
    const leaving = kinds.flatMap((move) =>
      STATES.flatMap((from) => allowed(move, from).map((to) => ({ move, from, to }))),
    )
    expect(leaving.filter(({ from, to }) => !isUnsettled(from) && isUnsettled(to))).toEqual([])
    const left = leaving.filter(({ from, to }) => isTerminal(from) && from !== to)
    expect(new Set(left.map(({ move }) => move))).toEqual(new Set(['reported', 'disowned']))
    expect(left.filter(({ move }) => move === 'disowned').map(({ from }) => from)).toEqual(['absent'])
  })

  it('is asserted for every kind of move and every two states', () => {
    const outcome = (move: Move, from: (typeof FROM)[number], to: ExecutionState): unknown => {
      const current = from === 'none' ? null : anExecution({ state: from, revision: 7 })
      try {
        return nextRevision(current, { move, content: anExecution({ state: to }) }, NOW)
      } catch (error) {
        return error
      }
    }
    const fault: unknown = expect.any(StateError)
    for (const move of kinds) {
      for (const from of FROM) {
        const stamps = from === 'none' ? { revision: 1, createdAt: NOW } : { revision: 8, createdAt: at(0) }
        for (const to of STATES) {
          const expected = allowed(move, from).includes(to)
            ? { ...anExecution({ state: to }), ...stamps, updatedAt: NOW }
            : fault
          expect(outcome(move, from, to)).toEqual(expected)
        }
      }
    }
  })

  it('allows every change of the holder, of a look-up and of a report, whatever has become of the execution', () => {
    const always: readonly Change[] = [
      ...[holding, takeover].flatMap((held) => [
        released(held, 'note'),
        unanswered(held, 'note'),
        refusedAgain(held, 'body', true),
      ]),
      withdrawn(holding, 'kill_switch_on'),
      rejected(holding, 'body'),
      rechecked,
      ...known.map((status) => withBrokerOrder(aBrokerOrder({ status }))),
      ...known.map((status) => withOrderEvents([aTradeUpdate({ status })])),
    ]
    const whileUnsettled = [takenOver(takeover.claim), missed]
    for (const state of STATES) {
      for (const change of isUnsettled(state) ? [...always, ...whileUnsettled] : always) {
        expect(() => changed(anExecution({ state }), change, NOW)).not.toThrow()
      }
    }
  })
})

describe('what a holder says', () => {
  it.each<[string, Partial<Execution>]>([
    ['the claim is another’s', { claim: { ...holding.claim, token: 'second' } }],
    ['the broker has spoken of the order', { state: 'accepted' }],
    ['the order is proven absent', { state: 'absent' }],
    ['it has said something already', { state: 'unknown' }],
  ])('changes nothing once %s', (_, circumstances) => {
    const execution = anExecution(circumstances)
    for (const change of [
      withdrawn(holding, 'kill_switch_on'),
      released(holding, 'note'),
      unanswered(holding, 'note'),
      rejected(holding, 'body'),
      refusedAgain(holding, 'body', true),
    ]) {
      expect(changed(execution, change, NOW)).toBe(execution)
    }
  })
})

describe('a miss', () => {
  const dead = { ...holding.claim, dead: true }

  it('is the first one, and the second after 50 s proves the order absent', () => {
    const once = changed(anExecution({ state: 'unknown', claim: dead }), missed, at(100))
    expect(once).toMatchObject({ state: 'unknown', misses: { count: 1, lastAt: at(100) } })
    expect(changed(once, missed, at(149.999))).toBe(once)
    expect(changed(once, missed, at(150))).toMatchObject({
      state: 'absent',
      misses: { count: 2, lastAt: at(150) },
    })
  })
})

describe('an answer to a POST', () => {
  const order = aBrokerOrder({})
  const found: OrderLookup = { kind: 'found', order }
  const notFound: OrderLookup = { kind: 'not_found' }
  const unavailable: OrderLookup = { kind: 'unavailable', reason: 'timeout' }
  const refused: SubmitAnswer = { kind: 'refused', status: 403, body: 'no' }
  const unprocessable: SubmitAnswer = { kind: 'unprocessable', body: 'no' }

  /** The execution that comes of it, or in a word what is to be done instead. */
  function outcome(answer: SubmitAnswer, held: typeof holding, lookup: OrderLookup | null): unknown {
    const judged = judgeAnswer(answer, held)
    const verdict =
      judged.kind === 'look_up' && lookup !== null ? judgeLookup(judged.body, held, lookup) : judged
    if (verdict.kind !== 'change') return verdict
    return changed(anExecution({ claim: held.claim }), verdict.change, NOW)
  }

  const adopt = { kind: 'adopt', order }
  const lookUp = { kind: 'look_up' }
  const aliveClaim = { dead: false }
  const deadClaim = { dead: true }
  it.each<[string, SubmitAnswer, typeof holding, OrderLookup | null, object]>([
    ['2xx settles it', { kind: 'accepted', order }, holding, null, adopt],
    [
      '429: nothing was taken',
      { kind: 'rate_limited' },
      holding,
      null,
      { state: 'submitting', claim: deadClaim },
    ],
    [
      'no answer: unknown',
      { kind: 'ambiguous', reason: '?' },
      holding,
      null,
      { state: 'unknown', claim: aliveClaim },
    ],
    ['4xx is evidence', refused, holding, null, { state: 'rejected', rejection: 'no', claim: null }],
    ['422 is looked up first', unprocessable, holding, null, lookUp],
    ['422, found: adopt', unprocessable, holding, found, adopt],
    ['422, not found: evidence', unprocessable, holding, notFound, { state: 'rejected', rejection: 'no' }],
    [
      '422, look-up failed: unknown',
      unprocessable,
      holding,
      unavailable,
      { state: 'unknown', claim: aliveClaim },
    ],
    ['takeover, 2xx', { kind: 'accepted', order }, takeover, null, adopt],
    [
      'takeover, 429',
      { kind: 'rate_limited' },
      takeover,
      null,
      { state: 'submitting', neverPostAgain: false },
    ],
    ['takeover, 4xx is no evidence', refused, takeover, null, lookUp],
    ['takeover, 4xx, found: adopt', refused, takeover, found, adopt],
    [
      'takeover, 4xx, not found: the first miss, and never posted again',
      refused,
      takeover,
      notFound,
      {
        state: 'unknown',
        claim: deadClaim,
        neverPostAgain: true,
        misses: { count: 1, lastAt: NOW },
        rejection: null,
      },
    ],
    [
      'takeover, 422, look-up failed: no miss',
      unprocessable,
      takeover,
      unavailable,
      { state: 'unknown', claim: deadClaim, neverPostAgain: true, misses: null, rejection: null },
    ],
  ])('%s', (_, answer, held, lookup, expected) => {
    expect(outcome(answer, held, lookup)).toMatchObject(expected)
  })
})

describe('a write that the table does not allow', () => {
  const deps = () => ({
    executions: new MemoryExecutionStore(),
    clock: { now: () => NOW, monotonic: () => asMonotonicMs(0) },
  })

  it('is a fault, and what is stored stays', async () => {
    const { executions, clock } = deps()
    const filled = anExecution({ state: 'filled' })
    await executions.createExecution(filled)
    const backToOpen: Change = (current) => ({ move: 'reported', content: { ...current, state: 'accepted' } })
    await expect(
      recordChange({ executions, clock, telemetry: silentTelemetry }, filled, backToOpen),
    ).rejects.toThrow(StateError)
    expect(await executions.readExecution(filled.accountLabel, filled.clientOrderId)).toBe(filled)
  })

  it('is a fault for a new execution too', async () => {
    const { executions, clock } = deps()
    const settledAtBirth = { move: 'claimed', content: anExecution({ state: 'accepted' }) } as const
    await expect(recordNew({ executions, clock }, settledAtBirth)).rejects.toThrow(StateError)
    const { accountLabel, clientOrderId } = anExecution()
    expect(await executions.readExecution(accountLabel, clientOrderId)).toBeNull()
  })
})

/**
 * Plugins that mean harm, in a lane's cycle beside honest ones: each is named, none changes what the others want, none costs
 * the lane more than its budget. What only a thread or a process of its own survives is in watched-run.test.ts.
 */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { memoryStores } from '../../lib/adapters/memory/stores.ts'
import { vmInterrupter } from '../../lib/adapters/system/vm-interrupter.ts'
import { decimal } from '../../lib/domain/decimal.ts'
import type { Interrupter } from '../../lib/ports/interrupter.ts'
import { PLUGIN_SDK } from '../../lib/strategy/sdk.ts'
import { fixIntrinsics } from '../../lib/strategy/fix-intrinsics.ts'
import type { FailedEvaluation } from '../../lib/lanes/strategy-failures.ts'
import { LaneFixture } from '../support/lane-fixture.ts'
import { BUY_INTENT, aStrategy, pluginGiving } from '../support/strategy-fixtures.ts'

// as whoever loads a plugin module does first
fixIntrinsics()
afterEach(() => vi.restoreAllMocks())

/** Wide enough for honest plugins on a machine that does much else. */
const BUDGET_MS = 500
type Answer = Parameters<typeof pluginGiving>[1]

/** Strategies `a` and `c` are honest, `b` is as given. */
function laneWith(answer: Answer, own: Interrupter = vmInterrupter()) {
  /** What each pass, and each question by itself, may take at most. */
  const limits: number[] = []
  const interrupter: Interrupter = {
    run: (work, limitMs) => {
      limits.push(limitMs)
      return own.run(work, limitMs)
    },
  }
  const failed: FailedEvaluation[] = []
  const plugins = [pluginGiving('honest', () => BUY_INTENT), pluginGiving('hostile', answer)]
  const ports = {
    interrupter,
    pluginBudgetMs: BUDGET_MS,
    strategyFailures: (_: unknown, all: readonly FailedEvaluation[]) => void failed.push(...all),
  }
  const lane = new LaneFixture(
    (clock) => memoryStores(clock, null),
    () => ports,
    plugins,
  )
  lane.strategies = ['a', 'b', 'c'].map((id) =>
    aStrategy(id, { strategyType: id === 'b' ? 'hostile' : 'honest', params: {}, legacyFallback: false }),
  )
  const named = () => failed.map(({ error }) => `${error.strategyId} ${error.reason}: ${error.detail}`)
  return { lane, named, limits }
}

const TABLE: readonly (readonly [what: string, answer: Answer, named: RegExp])[] = [
  [
    'throws',
    () => {
      throw new TypeError('no')
    },
    /^b plugin_error: TypeError: no$/,
  ],
  [
    'changes the features',
    (_, { values }) => Object.assign(values, { price: 1n }),
    /^b plugin_error: TypeError/,
  ],
  [
    'changes its context',
    (context) => Object.assign(context.position, { quantity: 1n }),
    /^b plugin_error: TypeError/,
  ],
  ['promises', async () => BUY_INTENT, /^b invalid_intent: a promise$/],
  ['promises and rejects', async () => Promise.reject(new Error('late')), /^b invalid_intent: a promise$/],
  [
    'loops',
    () => {
      for (;;);
    },
    /^b plugin_timeout/,
  ],
  [
    'recurses without end',
    () => {
      const deeper = (): number => deeper() + 1
      return deeper()
    },
    /^b plugin_error: RangeError/,
  ],
  ['ends the process', () => process.exit(3), /^b plugin_error: Error: a plugin may not call process\.exit$/],
  [
    'kills the process',
    () => process.kill(process.pid),
    /^b plugin_error: Error: a plugin may not call process\.kill$/,
  ],
  [
    'sets a timer',
    () => setTimeout(() => undefined, 1),
    /^b plugin_error: Error: a plugin may not call setTimeout$/,
  ],
  [
    'explains without end',
    () => ({ ...BUY_INTENT, explain: ['x'.repeat(1e6)] }),
    /^b invalid_intent: an explanation/,
  ],
  [
    'explains in ten thousand reasons',
    () => ({ ...BUY_INTENT, explain: Array.from({ length: 1e4 }, () => 'x') }),
    /^b invalid_intent: an explanation/,
  ],
  [
    'wants a field that nobody knows',
    () => ({ ...BUY_INTENT, orderType: 'stop' }),
    /^b invalid_intent: an unknown field "orderType"$/,
  ],
]

/** What a plugin may try to change for all others, each by assignment or definition. */
const evil = () => 'not what it was'
const assigned = (owner: object, key: PropertyKey) => () => Object.assign(owner, { [key]: evil })
const TYPED_ARRAYS = Object.getPrototypeOf(Int32Array.prototype) as object
const PATCHES: readonly (readonly [what: string, patch: () => unknown])[] = [
  ['Array.prototype.map', assigned(Array.prototype, 'map')],
  ['how arrays are iterated', assigned(Array.prototype, Symbol.iterator)],
  ['Object.prototype.toString', assigned(Object.prototype, 'toString')],
  ['Object.prototype.valueOf', assigned(Object.prototype, 'valueOf')],
  ['a parameter of everybody', assigned(Object.prototype, 'notional')],
  ['an element of all objects', assigned(Object.prototype, 7)],
  ['an element of all arrays', assigned(Array.prototype, 7)],
  ['an element of all arrays of numbers', assigned(Int32Array.prototype, 'seventh')],
  ['how arrays of numbers are filled', assigned(TYPED_ARRAYS, 'fill')],
  [
    'what is read of all arrays of numbers',
    () => Object.defineProperty(TYPED_ARRAYS, 'length', { get: evil }),
  ],
  ['what objects inherit', () => Object.setPrototypeOf(Object.prototype, { evil }) as unknown],
  ['Map.prototype.get', assigned(Map.prototype, 'get')],
  ['Set.prototype.has', assigned(Set.prototype, 'has')],
  ['String.prototype.split', assigned(String.prototype, 'split')],
  ['Number.prototype.toString', assigned(Number.prototype, 'toString')],
  ['BigInt.asIntN', assigned(BigInt, 'asIntN')],
  ['Math.max', assigned(Math, 'max')],
  ['JSON.stringify', assigned(JSON, 'stringify')],
  ['Object.freeze', assigned(Object, 'freeze')],
  ['Object.entries, by definition', () => Object.defineProperty(Object, 'entries', { value: evil })],
  ['Promise.prototype.then', assigned(Promise.prototype, 'then')],
  ['Error.prototype.message', assigned(Error.prototype, 'message')],
  ['RegExp.prototype.exec', assigned(RegExp.prototype, 'exec')],
  ['the iterator of arrays', assigned(Object.getPrototypeOf([].values()) as object, 'next')],
  ['what Map.prototype inherits', () => Object.setPrototypeOf(Map.prototype, { evil }) as unknown],
  ['the global Map', assigned(globalThis, 'Map')],
  ['the SDK', assigned(PLUGIN_SDK, 'mul')],
  ['a deletion', () => Reflect.deleteProperty(Array.prototype, 'filter') || refuse()],
]

/** What `delete` says in strict code. */
function refuse(): never {
  throw new TypeError('Cannot delete')
}

/** What everybody computes with, as it is now. */
function computedWith(): readonly unknown[] {
  return [
    [1, 2].map((one) => one + 1).join(),
    [...[3, 1].entries()].flat(),
    Object.prototype.toString.call([]),
    new Map([['a', 1]]).get('a'),
    new Set([1]).has(1),
    'a b'.split(' '),
    (12).toString(16),
    BigInt.asIntN(8, 255n),
    Math.max(1, 2),
    JSON.stringify({ a: [1] }),
    Object.isFrozen(Object.freeze({})),
    Object.entries({ a: 1 }),
    /a(b)/.exec('ab')?.[1],
    ({} as { readonly notional?: string }).notional,
    [1, 2].filter((one) => one > 1),
    new Error('said').message,
    [...Int32Array.of(1, 2).fill(3)],
    new Float64Array(2).length,
    ({} as Record<number, unknown>)[7],
    [][7],
    (new Int32Array(1) as { readonly seventh?: unknown }).seventh,
  ]
}

describe('beside a plugin that changes', () => {
  it.each(PATCHES)('%s, the others compute as before', async (_what, patch) => {
    const before = computedWith()
    const { lane, named } = laneWith(() => {
      patch()
      return BUY_INTENT
    })
    await lane.signal()
    expect(await lane.tick()).toMatchObject({ kind: 'done', cycles: 1 })
    expect(named()).toEqual([expect.stringMatching(/^b plugin_error: TypeError: /)])
    expect((await lane.decisions()).map(({ sourceStrategyIds }) => sourceStrategyIds)).toEqual([['a', 'c']])
    expect(computedWith()).toEqual(before)
    expect(new Map([['a', 1]]).constructor).toBe(Map)
  })

  it('a property that libraries set on objects of their own, nobody notices', () => {
    class Child extends Error {}
    const error = Object.assign(new Child('said'), { name: 'Renamed' })
    Child.prototype.toString = () => 'a child'
    const record: Record<string, unknown> = {}
    record['constructor'] = 1
    record['valueOf'] = () => 2
    expect([String(error), Number(record), Object.entries(record)[0], Object.keys(record)]).toEqual([
      'a child',
      2,
      ['constructor', 1],
      ['constructor', 'valueOf'],
    ])
    Error.stackTraceLimit = 20
    expect(Error.stackTraceLimit).toBe(20)
  })
})

describe('beside a plugin that', () => {
  it.each(TABLE)('%s, the others’ orders are sent, and the cursor moves', async (_what, answer, expected) => {
    const { lane, named, limits } = laneWith(answer)
    await lane.signal()
    expect(await lane.tick()).toMatchObject({ kind: 'done', cycles: 1 })
    expect(limits.reduce((sum, limitMs) => sum + limitMs, 0)).toBeLessThan(30 * BUDGET_MS)
    expect(named()).toEqual([expect.stringMatching(expected)])
    expect(
      (await lane.decisions()).map(({ sourceStrategyIds, targetNotional }) => [
        sourceStrategyIds,
        targetNotional,
      ]),
    ).toEqual([[['a', 'c'], decimal('200')]])
    expect(lane.exchange.submissions).toHaveLength(1)
    expect((await lane.lane())?.cursor).toBe(1)
  })

  it('prints, nothing changes', async () => {
    const printed = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    const { lane, named } = laneWith(() => {
      process.stdout.write('{"summary":{}}\n')
      return BUY_INTENT
    })
    await lane.signal()
    await lane.tick()
    expect(printed).toHaveBeenCalled()
    expect(named()).toEqual([])
    expect((await lane.decisions())[0]?.sourceStrategyIds).toEqual(['a', 'b', 'c'])
  })
})

describe('a plugin that kills the function', () => {
  /** A process that is gone when the plugin was asked: nothing of that run is written any more. */
  function mortal() {
    let isDead = false
    const asked: string[] = []
    const interrupter: Interrupter = {
      run: (work) => {
        try {
          return { kind: 'done', value: work() }
        } finally {
          // oxlint-disable-next-line no-unsafe-finally -- whatever came of it, the process is gone
          if (isDead) throw new Error('the process is gone')
        }
      },
    }
    const made = laneWith(() => {
      asked.push('b')
      isDead = true
      return BUY_INTENT
    }, interrupter)
    return { ...made, asked, revive: () => (isDead = false) }
  }

  it('is noted before it is asked once more, and the third run plans without it', async () => {
    const { lane, asked, revive, named } = mortal()
    for (const price of ['100', '101']) await lane.signal('AAPL', price)
    expect(await lane.deliver('cycle')).toMatchObject({ kind: 'failed' })
    expect((await lane.lane())?.notes.asked).toBeNull()
    revive()
    expect(await lane.deliver('cycle', { receiveCount: 2 })).toMatchObject({ kind: 'failed' })
    expect((await lane.lane())?.notes.asked).toEqual({
      version: 0,
      timedOut: {},
      present: { strategyId: 'b', position: 1 },
    })
    revive()
    const before = asked.length
    const third = await lane.deliver('cycle', { receiveCount: 3 })
    expect(third).toMatchObject({ kind: 'cycle', run: { kind: 'done', signals: 2 } })
    // its circuit is open for the second signal
    expect(asked).toHaveLength(before)
    expect(named()[0]).toMatch(/^b plugin_timeout/)
    expect((await lane.decisions()).map(({ sourceStrategyIds }) => sourceStrategyIds)).toEqual([
      ['a', 'c'],
      ['a', 'c'],
    ])
    // and what was noted counts no longer: it is asked, and harmless now
    await lane.signal('AAPL', '102')
    lane.clock.advance(400_000)
    revive()
    await lane.signal('AAPL', '103')
    await lane.deliver('cycle')
    expect(asked.length).toBeGreaterThan(before)
    const record = await lane.stores.lanes.readCycle(lane.account.label, 'ta', 0)
    expect(record?.inputs.timedOut).toEqual({ b: 1 })
  })

  it('costs a run that was not killed no write', async () => {
    const { lane } = laneWith(() => BUY_INTENT)
    await lane.signal()
    await lane.deliver('cycle')
    expect((await lane.lane())?.notes).toMatchObject({ revision: 0, asked: null })
  })

  it('blames nobody when all came back and the run was killed later', async () => {
    const { lane, named } = laneWith(() => BUY_INTENT)
    await lane.signal()
    lane.beforeSubmit = () => {
      throw new Error('the process is gone')
    }
    await lane.deliver('cycle', { receiveCount: 2 })
    expect((await lane.lane())?.notes.asked).toEqual({ version: 0, timedOut: {}, present: null })
    lane.beforeSubmit = () => {}
    await lane.deliver('cycle', { receiveCount: 3 })
    expect(named()).toEqual([])
    expect((await lane.decisions())[0]?.sourceStrategyIds).toEqual(['a', 'b', 'c'])
  })
})

/** Circuits in signal time (docs/architecture.md#circuits), against a model that keeps the whole history. */
import { fc } from '../support/properties.ts'
import { describe, expect, it } from 'vitest'
import { asEpochMs } from '../../lib/domain/time.ts'
import { CircuitBook } from '../../lib/strategy/circuit.ts'
import { evaluateSignal } from '../../lib/strategy/runtime.ts'
import { compile, definitionWith, pluginGiving, signalWith } from '../support/strategy-fixtures.ts'

const OPTIONS = { circuitErrors: 3, circuitCooldownSeconds: 60 }
const at = (seconds: number) => asEpochMs(seconds * 1000)

type Outcome = 'error' | 'success'

/**
 * The rule (docs/architecture.md#circuits), replayed from the beginning: the outcomes since the last opening or
 * success.
 */
function modelOf(history: readonly { readonly seconds: number; readonly outcome: Outcome }[]) {
  let errors: number[] = []
  let openUntil: number | null = null
  const degraded: boolean[] = []
  for (const { seconds, outcome } of history) {
    const open: boolean = openUntil !== null && seconds <= openUntil
    degraded.push(open)
    if (open) continue
    openUntil = null
    errors = outcome === 'error' ? [...errors, seconds] : []
    if (errors.length < OPTIONS.circuitErrors) continue
    openUntil = seconds + OPTIONS.circuitCooldownSeconds
    errors = []
  }
  return { degraded, errors: errors.length, openUntil }
}

describe('circuit', () => {
  it('opens at the third error in a row, up to and including the end of the cooldown', () => {
    const book = new CircuitBook()
    expect([book.failed('s', at(0), OPTIONS), book.failed('s', at(1), OPTIONS)]).toEqual([false, false])
    expect(book.isOpen('s', at(1))).toBe(false)
    expect(book.failed('s', at(2), OPTIONS)).toBe(true)
    expect([2, 61, 62, 62.001].map((seconds) => book.isOpen('s', at(seconds)))).toEqual([
      true,
      true,
      true,
      false,
    ])
    expect(book.isOpen('other', at(2))).toBe(false)
    expect(book.toStates()).toEqual({ s: { consecutiveErrors: 0, openUntil: at(62) } })
  })

  it('starts over after a success and after the cooldown', () => {
    const book = new CircuitBook({ s: { consecutiveErrors: 2, openUntil: null } })
    book.succeeded('s')
    expect(book.toStates()).toEqual({})
    const reopened = new CircuitBook({ s: { consecutiveErrors: 0, openUntil: at(10) } })
    reopened.failed('s', at(11), OPTIONS)
    expect(reopened.toStates()).toEqual({ s: { consecutiveErrors: 1, openUntil: null } })
  })

  it('stores nothing for a circuit that is closed without errors, and everything sorted and frozen', () => {
    const book = new CircuitBook({
      z: { consecutiveErrors: 1, openUntil: null },
      closed: { consecutiveErrors: 0, openUntil: null },
      a: { consecutiveErrors: 0, openUntil: at(5) },
    })
    const states = book.toStates()
    expect(Object.keys(states)).toEqual(['a', 'z'])
    expect([Object.isFrozen(states), Object.isFrozen(states['a'])]).toEqual([true, true])
  })

  it('behaves as its history says, also when it is stored and read in between', () => {
    const step = fc.record({
      pause: fc.integer({ min: 0, max: 40 }),
      outcome: fc.constantFrom<Outcome>('error', 'error', 'success'),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        let seconds = 0
        const history = steps.map(({ pause, outcome }) => {
          seconds += pause
          return { seconds, outcome }
        })
        let book = new CircuitBook()
        const degraded = history.map((entry) => {
          book = new CircuitBook(book.toStates())
          const open = book.isOpen('s', at(entry.seconds))
          if (!open && entry.outcome === 'error') book.failed('s', at(entry.seconds), OPTIONS)
          if (!open && entry.outcome === 'success') book.succeeded('s')
          return open
        })
        const model = modelOf(history)
        expect(degraded).toEqual(model.degraded)
        const expected =
          model.errors === 0 && model.openUntil === null
            ? {}
            : {
                s: {
                  consecutiveErrors: model.errors,
                  openUntil: model.openUntil === null ? null : at(model.openUntil),
                },
              }
        expect(book.toStates()).toEqual(expected)
      }),
      { numRuns: 500 },
    )
  })
})

describe('circuits of several strategies', () => {
  const flaky = (threshold: string) =>
    pluginGiving(`flaky_${threshold}`, (_context, { values }) => {
      if (values.rsi14 !== null && values.rsi14 > BigInt(threshold) * 100_000_000n) throw new Error('high')
      return null
    })
  const plugins = [flaky('30'), flaky('50'), flaky('70')]
  const definitions = plugins.map(({ pluginId }, index) => definitionWith(`s${index}`, pluginId))

  it('the order of the definitions changes nothing, and one’s errors open nobody else’s circuit', () => {
    const signals = fc.array(fc.integer({ min: 0, max: 100 }), { maxLength: 20 })
    fc.assert(
      fc.property(signals, fc.shuffledSubarray(definitions, { minLength: 3 }), (levels, shuffled) => {
        const run = (order: typeof definitions) => {
          const compiled = compile(order, plugins)
          const circuits = new CircuitBook()
          const lines = levels.map((rsi14, index) =>
            evaluateSignal(compiled, circuits, signalWith({ rsi14 }, { eventTs: at(index * 25) })),
          )
          return { lines, states: circuits.toStates() }
        }
        const together = run(shuffled)
        expect(together).toEqual(run(definitions))
        for (const alone of definitions) {
          expect(run([alone]).states[alone.id]).toEqual(together.states[alone.id])
        }
      }),
      { numRuns: 100 },
    )
  })
})

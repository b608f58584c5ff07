/** Whatever is stored comes back equal, through the very bytes that DynamoDB is sent. */
import { fc } from '../support/properties.ts'
import { describe, expect, it } from 'vitest'
import { MAX_ITEM_BYTES, type ItemKind, itemSize } from '../../lib/adapters/dynamodb/table/item.ts'
import { mostBytes } from '../../lib/adapters/dynamodb/table/item-bound.ts'
import { cycleItem, encodedSize, fitsItem } from '../../lib/adapters/dynamodb/items/cycle-item.ts'
import { decisionItem } from '../../lib/adapters/dynamodb/items/decision-item.ts'
import { executionItem } from '../../lib/adapters/dynamodb/items/execution-item.ts'
import { laneItem } from '../../lib/adapters/dynamodb/items/lane-item.ts'
import { foldItem } from '../../lib/adapters/dynamodb/fold-store.ts'
import { rowItem } from '../../lib/adapters/dynamodb/signal-rows.ts'
import { asDecimal } from '../../lib/domain/decimal.ts'
import { InvalidValueError } from '../../lib/domain/errors.ts'
import {
  anyCycle,
  anyDecision,
  anyExecution,
  anyFold,
  anyLane,
  anyRow,
} from '../support/state-arbitraries.ts'
import { aCycle, aDecision, aLane, incompressible } from '../support/state-samples.ts'
import { throughStorage } from '../support/through-storage.ts'

function holds<T extends object>(kind: ItemKind<T>, values: fc.Arbitrary<T>): void {
  fc.assert(
    fc.property(values, fc.option(fc.nat(), { nil: null }), (value, expiresAt) => {
      const item = kind.encode(value, expiresAt)
      expect(kind.decode(throughStorage(item))).toEqual(value)
      // known beforehand, of the value and of the item itself
      expect(mostBytes(value)).toBeGreaterThanOrEqual(itemSize(item))
      expect(mostBytes(item)).toBeGreaterThanOrEqual(itemSize(item))
    }),
    { numRuns: 60 },
  )
}

describe('item round trips', () => {
  it('lanes', () => expect(() => holds(laneItem, anyLane)).not.toThrow())
  it('cycle records', () => expect(() => holds(cycleItem, anyCycle)).not.toThrow())
  it('decisions', () => expect(() => holds(decisionItem, anyDecision)).not.toThrow())
  it('executions', () => expect(() => holds(executionItem, anyExecution)).not.toThrow())
  it('signals', () => expect(() => holds(rowItem, anyRow)).not.toThrow())
  it('folds', () => expect(() => holds(foldItem, anyFold)).not.toThrow())
})

describe('what an item looks like', () => {
  it('has the keys and the account label of the architecture, decimals as text and instants in UTC', () => {
    const decision = aDecision()
    expect(decisionItem.encode(decision)).toMatchObject({
      pk: 'account#alpha',
      sk: `trade_decisions#${decision.decisionId}`,
      alpaca_account_label: 'alpha',
      schema: 1,
      quantity: '10',
      price: '37.99',
      tick_at: '2010-05-04T13:31:00Z',
      outcome: { kind: 'accepted' },
    })
    expect(laneItem.encode(aLane())).toMatchObject({ sk: 'trade_cursor#ta', account_label: 'alpha' })
    expect(cycleItem.encode(aCycle({ version: 42 }))['sk']).toBe('cycle#ta#000000000042')
  })

  it("never stores the broker's own id of an account", () => {
    const { inputs } = aCycle()
    const balance = { ...inputs.snapshot.balance, brokerAccountId: 'PA3XYZ' }
    const record = aCycle({ inputs: { ...inputs, snapshot: { ...inputs.snapshot, balance } } })
    const item = cycleItem.encode(record)
    expect(JSON.stringify(item)).not.toContain('PA3XYZ')
    expect(cycleItem.encode(cycleItem.decode(item))).toEqual(item)
  })

  it('is measured as DynamoDB documents it: names and values in UTF-8, numbers, overhead of lists and maps', () => {
    // pk 2+1, sk 2+1, a 1+2 (two bytes in UTF-8), flag 4+1, list 4+3+(1+1)+(1+1), map 3+3+1+(1+1)
    expect(itemSize({ pk: 'p', sk: 's', a: 'é', flag: true, list: ['x', 'y'], map: { k: 'v' } })).toBe(34)
  })

  it('refuses the one name that a map would lose', () => {
    const circuits = JSON.parse('{"__proto__":{"consecutiveErrors":1,"openUntil":null}}')
    expect(() => laneItem.encode(aLane({ circuits }))).toThrow(InvalidValueError)
  })

  it('tells beforehand whether a record fits', () => {
    expect(encodedSize(aCycle())).toBeLessThan(64 * 1024)
    expect(fitsItem(aCycle({}, incompressible(66_000)))).toBe(false)
  })

  it('is never larger than the size that is known beforehand, whatever stands in the record', () => {
    const anyText = fc.oneof(fc.string({ unit: 'binary', maxLength: 4000 }), fc.string({ maxLength: 4000 }))
    fc.assert(
      fc.property(anyCycle, fc.dictionary(anyText, anyText), fc.bigInt(), (record, texts, large) => {
        const own = Object.fromEntries(Object.entries(texts).filter(([name]) => name !== '__proto__'))
        const balance = { ...record.inputs.snapshot.balance, cash: asDecimal(large) }
        const snapshot = { ...record.inputs.snapshot, balance }
        const stuffed = { ...record, inputs: { ...record.inputs, settings: own, snapshot } }
        expect(mostBytes(stuffed)).toBeGreaterThanOrEqual(encodedSize(stuffed))
      }),
      { numRuns: 300 },
    )
  })

  it('is known to fit beforehand as long as it is an ordinary one', () => {
    expect(mostBytes(aCycle())).toBeLessThan(MAX_ITEM_BYTES)
  })
})

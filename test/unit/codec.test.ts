/** The codec: what values look like outside, and that everything that is wrong with a text is said at once. */
import { describe, expect, it } from 'vitest'
import { decimal } from '../../lib/domain/decimal.ts'
import { instant } from '../../lib/domain/time.ts'
import {
  type Codec,
  decimalText,
  decodeJson,
  decodeWith,
  flag,
  instantText,
  integer,
  json,
  list,
  mapOf,
  nullable,
  oneOf,
  optional,
  orElse,
  refuse,
  text,
} from '../../lib/formats/codec.ts'
import { mapped, record, variants, versioned } from '../../lib/formats/codec-records.ts'

const fill = record({
  orderId: text('an order id', /^o-/),
  filledQuantity: decimalText,
  filledAt: nullable(instantText),
  note: optional(text()),
  tags: orElse(list(text()), []),
})
type Fill = typeof fill extends Codec<infer T> ? T : never

const aFill: Fill = {
  orderId: 'o-1',
  filledQuantity: decimal('1.50'),
  filledAt: instant('2026-02-10T15:00:00.000Z'),
  note: null,
  tags: ['a'],
}

describe('a record', () => {
  it('is snake_case, with decimals as text and times as ISO-8601; null is written or left out', () => {
    expect(fill.encode(aFill)).toEqual({
      order_id: 'o-1',
      filled_quantity: '1.5',
      filled_at: '2026-02-10T15:00:00Z',
      tags: ['a'],
    })
    expect(fill.encode({ ...aFill, filledAt: null, note: 'x' })).toMatchObject({ filled_at: null, note: 'x' })
  })

  it('comes back as it was', () => {
    for (const value of [aFill, { ...aFill, filledAt: null, note: 'x', tags: [] }]) {
      expect(decodeWith(fill, fill.encode(value))).toEqual({ kind: 'value', value })
    }
  })

  it('is given back with everything that is wrong, each by its path', () => {
    const fills = list(fill, 'a list of fills')
    const found = [
      { order_id: 'x', filled_quantity: '1.50', filled_at: '2026-02-10', note: null, tags: ['a', 1, {}] },
      { filed_at: 1 },
      7,
    ]
    expect(decodeWith(fills, found)).toEqual({
      kind: 'invalid',
      violations: [
        { path: '[0].order_id', found: '"x"', allowed: 'an order id' },
        { path: '[0].filled_quantity', found: '"1.50"', allowed: 'a decimal text' },
        { path: '[0].filled_at', found: '"2026-02-10"', allowed: 'an ISO-8601 UTC instant' },
        { path: '[0].note', found: 'null', allowed: 'text' },
        { path: '[0].tags[1]', found: '1', allowed: 'text' },
        { path: '[0].tags[2]', found: '{}', allowed: 'text' },
        { path: '[1].order_id', found: 'nothing', allowed: 'an order id' },
        { path: '[1].filled_quantity', found: 'nothing', allowed: 'a decimal text' },
        { path: '[1].filled_at', found: 'nothing', allowed: 'an ISO-8601 UTC instant' },
        {
          path: '[1].filed_at',
          found: 'unknown field "filed_at"',
          allowed: 'order_id, filled_quantity, filled_at, note, tags',
          didYouMean: 'filled_at',
        },
        {
          path: '[2]',
          found: '7',
          allowed: 'an object of order_id, filled_quantity, filled_at, note, tags',
        },
      ],
    })
    expect(decodeWith(fills, {})).toMatchObject({ violations: [{ allowed: 'a list of fills' }] })
  })

  it('passes over what is not its own only in somebody else’s format', () => {
    const codecs = { name: text() }
    expect(decodeWith(record(codecs), { name: 'a', more: 1 })).toMatchObject({ kind: 'invalid' })
    expect(decodeWith(record(codecs, { open: true }), { name: 'a', more: 1 })).toEqual({
      kind: 'value',
      value: { name: 'a' },
    })
  })

  it('can give a field another name', () => {
    const renamed = record<{ accountLabel: string }>(
      { accountLabel: text() },
      { names: { accountLabel: 'alpaca_account_label' } },
    )
    expect(renamed.encode({ accountLabel: 'a' })).toEqual({ alpaca_account_label: 'a' })
  })
})

describe('a record of several kinds', () => {
  type Outcome = { readonly kind: 'accepted' } | { readonly kind: 'denied'; readonly reason: string }
  const outcome = variants<Outcome>({ accepted: record({}), denied: record({ reason: text() }) })

  it.each<Outcome>([{ kind: 'accepted' }, { kind: 'denied', reason: 'r' }])(
    '%j comes back as it was',
    (value) => {
      expect(outcome.encode(value)).toEqual(value)
      expect(decodeWith(outcome, value)).toEqual({ kind: 'value', value })
    },
  )

  it.each([
    [{ kind: 'other' }, [{ path: 'kind', found: '"other"', allowed: 'accepted, denied' }]],
    [{ kind: 'denied' }, [{ path: 'reason', found: 'nothing', allowed: 'text' }]],
    [{ kind: 'accepted', reason: 'r' }, [expect.objectContaining({ path: 'reason' })]],
    ['accepted', [{ path: 'kind', found: 'nothing', allowed: 'accepted, denied' }]],
  ])('refuses %j', (found, violations) => {
    expect(decodeWith(outcome, found)).toEqual({ kind: 'invalid', violations })
  })
})

describe('a record of several schemas', () => {
  interface Order {
    readonly quantity: number
    readonly limited: boolean
  }
  const earlier: Codec<Order> = mapped<Order, Pick<Order, 'quantity'>>(
    record({ quantity: integer }),
    (order) => order,
    ({ quantity }) => ({ quantity, limited: false }),
  )
  const order = versioned<Order>('schema', 2, record<Order>({ quantity: integer, limited: flag }), {
    1: earlier,
  })

  it('is written in the present one, and read in the present and earlier ones', () => {
    const value = { quantity: 3, limited: false }
    expect(order.encode(value)).toEqual({ schema: 2, quantity: 3, limited: false })
    expect(decodeWith(order, order.encode(value))).toEqual({ kind: 'value', value })
    expect(decodeWith(order, { schema: 1, quantity: 3 })).toEqual({ kind: 'value', value })
  })

  it.each([{ schema: 3, quantity: 3 }, { schema: '2' }, { quantity: 3 }, null])(
    'is refused as %j',
    (found) => {
      expect(decodeWith(order, found)).toMatchObject({ violations: [{ path: 'schema', allowed: '1, 2' }] })
    },
  )
})

it('derives a value only from a whole one, and may refuse it', () => {
  const even = mapped<number, { readonly half: number }>(
    record({ half: integer }),
    (value) => ({ half: value / 2 }),
    ({ half }, faults) => (half < 0 ? refuse(faults, String(half), 'from 0', 'half') : half * 2),
  )
  expect(decodeWith(even, { half: 2 })).toEqual({ kind: 'value', value: 4 })
  expect(decodeWith(even, { half: -1 })).toMatchObject({ violations: [{ path: 'half', found: '-1' }] })
  expect(decodeWith(even, { half: 'x' })).toMatchObject({ violations: [{ allowed: 'an integer' }] })
})

it('keeps JSON that is not ours as it is, and takes nothing else for JSON', () => {
  const params = mapOf(json())
  const value = { rsi_buy: 30, none: null, nested: { camelCase: [1, null, true, 'x'] } }
  expect(decodeWith(params, params.encode(value))).toEqual({ kind: 'value', value })
  for (const not of [Number.NaN, undefined, () => 0]) {
    expect(decodeWith(params, { a: [not] })).toMatchObject({ violations: [{ path: 'a' }] })
  }
})

it('says what a text is that is no JSON', () => {
  expect(decodeJson(oneOf('a', 'b'), '{')).toEqual({
    kind: 'invalid',
    violations: [{ path: '(text)', found: 'text that is not JSON', allowed: 'JSON' }],
  })
  expect(decodeJson(oneOf('a', 'b'), '"c"')).toMatchObject({
    violations: [{ found: '"c"', allowed: 'a, b' }],
  })
})

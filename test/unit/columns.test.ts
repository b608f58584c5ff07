/** Columns give back what was put into them: expected values are the plain arrays they stand for. */
import { describe, expect, it } from 'vitest'
import { DecimalColumn, NumberColumn } from '../../lib/domain/columns.ts'
import { asDecimal, decimal } from '../../lib/domain/decimal.ts'

describe('a column of amounts', () => {
  it.each([
    ['nothing', null],
    ['a price', decimal('167.62')],
    ['nothing bought or sold', decimal(0)],
    ['less than nothing', decimal('-0.00000001')],
    ['the largest amount of 63 bits', asDecimal(2n ** 63n - 1n)],
    ['one more than that', asDecimal(2n ** 63n)],
    ['the smallest amount of 63 bits', asDecimal(-(2n ** 63n))],
    ['one more than the smallest', asDecimal(-(2n ** 63n) + 1n)],
    ['a volume of coins without end', decimal(`1${'0'.repeat(40)}`)],
  ])('gives back %s', (_, amount) => {
    const column = new DecimalColumn()
    for (const value of [decimal(1), amount, decimal(2)]) column.push(value)
    expect([0, 1, 2, 3].map((index) => column.at(index))).toEqual([decimal(1), amount, decimal(2), null])
  })

  it('keeps thousands in their order', () => {
    const column = new DecimalColumn()
    const amounts = Array.from({ length: 5000 }, (_, index) => decimal(index * index))
    for (const amount of amounts) column.push(amount)
    expect(amounts.map((_, index) => column.at(index))).toEqual(amounts)
  })
})

describe('a column of numbers', () => {
  it('keeps thousands in their order, those told anew among them', () => {
    const column = new NumberColumn()
    const numbers = Array.from({ length: 5000 }, (_, index) => index / 7)
    for (const number of numbers) column.push(number)
    for (const index of [0, 63, 64, 191, 192, 4999]) {
      column.set(index, -index)
      numbers[index] = -index
    }
    expect(column.length).toBe(5000)
    expect(numbers.map((_, index) => column.at(index))).toEqual(numbers)
    expect(column.at(5000)).toBeUndefined()
  })
})

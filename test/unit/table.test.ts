/** Tables for people: the fast way for plain cells and the one that wraps give the same lines. */
import { fc } from '../support/properties.ts'
import { describe, expect, it } from 'vitest'
import { type Cell, renderTable } from '../../lib/cli/terminal/table.ts'

const GREY = { dim: (text: string) => `\u001B[2m${text}\u001B[22m` }
/** One column wide, and not of ASCII: such a table takes the other way. */
const OTHER = 'é'

describe('a table of plain cells', () => {
  it('is the one that the table library draws, styles and numbers included', () => {
    const text = fc
      .string({ unit: fc.constantFrom('a', 'b', ' ', '0', '9', '-', '_', ':', '.'), maxLength: 12 })
      .map((one) => one.trim())
    const cell: fc.Arbitrary<Cell> = fc.oneof(
      text,
      text.map((one) => `\u001B[33m${one}\u001B[39m`),
    )
    const row = fc.tuple(cell, fc.nat(99_999), cell)
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 8 }), (rows) => {
        const head = ['first', 'count', 'what']
        const plain = renderTable(head, [...rows, ['e', 1, 'x']], GREY).split('\n')
        const drawn = renderTable(head, [...rows, [OTHER, 1, 'x']], GREY).split('\n')
        expect(plain.slice(0, -1)).toEqual(drawn.slice(0, -1))
      }),
    )
  })

  it('with 100,000 rows is there at once', () => {
    const rows = Array.from({ length: 100_000 }, (_, index) => ['alpha', index, 'no intent'])
    // by the processor's time, which other processes do not stretch
    const begun = process.cpuUsage()
    expect(renderTable(['account', 'n', 'outcome'], rows, GREY).split('\n')).toHaveLength(100_001)
    const { user, system } = process.cpuUsage(begun)
    expect((user + system) / 1000).toBeLessThan(5000)
  })
})

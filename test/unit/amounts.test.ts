/** Amounts that limits are compared with err on the safe side; expected values are exact products worked by hand. */
import { describe, expect, it } from 'vitest'
import { costOf, quantityFor, shareOf } from '../../lib/plan/amounts.ts'
import { decimal, formatDecimal } from '../../lib/domain/decimal.ts'

const shown = (operation: typeof costOf, left: string, right: string) =>
  formatDecimal(operation(decimal(left), decimal(right)))

describe('amounts that limits are compared with', () => {
  it('costs what it costs, and otherwise the next 1e-8 more', () => {
    expect(shown(costOf, '3', '0.5')).toBe('1.5')
    // 0.00000003 x 0.5 = 0.000000015, which half-even would make 0.00000002 as well
    expect(shown(costOf, '0.00000003', '0.5')).toBe('0.00000002')
    // 0.00000001 x 0.1 = 0.000000001, which half-even would make nothing
    expect(shown(costOf, '0.00000001', '0.1')).toBe('0.00000001')
    expect(shown(costOf, '0', '500')).toBe('0')
  })

  it('shares out no more than there is', () => {
    expect(shown(shareOf, '1000', '0.02')).toBe('20')
    // 0.00000009 x 0.1 = 0.000000009
    expect(shown(shareOf, '0.00000009', '0.1')).toBe('0')
    expect(shown(shareOf, '-1000', '0.02')).toBe('0')
  })

  it('buys no more than the budget pays', () => {
    expect(shown(quantityFor, '100', '33.33333334')).toBe('2.99999999')
    expect(shown(quantityFor, '2', '3')).toBe('0.66666666')
    expect(shown(quantityFor, '-2', '3')).toBe('0')
  })
})

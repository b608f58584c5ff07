/** What an explanation says in words: sums by hand, sentences as a reader should find them. */
import { describe, expect, it } from 'vitest'
import { decimal } from '../../lib/domain/decimal.ts'
import { costsInWords } from '../../lib/exchange/costs.ts'
import { instant } from '../../lib/domain/time.ts'
import { explanationInWords } from '../../lib/replay/explain/explanation-in-words.ts'
import type { Explanation, PlannedExplanation } from '../../lib/replay/explain/explanation.ts'
import { differenceInWords } from '../../lib/replay/first-difference.ts'

const NOON = instant('2024-03-07T17:00:00Z')
const NONE = decimal('0')

/** A sale of what is held at a limit that the market did not meet. */
function sale(
  sizing: Partial<PlannedExplanation['sizing']>,
  account: Partial<PlannedExplanation['account']> = {},
): Explanation {
  const planned: PlannedExplanation = {
    features: {},
    normalizationError: null,
    strategies: [],
    merge: null,
    account: {
      equity: decimal('99955.69'),
      buyingPower: decimal('155570.46'),
      held: decimal('4'),
      averageEntryPrice: decimal('13.80005'),
      openBuys: NONE,
      openSells: NONE,
      ...account,
    },
    sizing: {
      bounds: [
        { bound: 'target_notional', amount: decimal('30000'), binds: false },
        { bound: 'strategy_caps', amount: decimal('9000'), binds: true },
      ],
      budget: decimal('9000'),
      price: decimal('13.88'),
      limitPrice: decimal('13.89'),
      closable: decimal('4'),
      step: decimal('1'),
      quantity: decimal('4'),
      denied: null,
      ...sizing,
    },
    checks: [],
  }
  return {
    decisionId: 'd',
    account: 'paper',
    symbol: 'BAC',
    horizon: '1Min',
    origin: 'fade',
    side: 'sell',
    quantity: decimal('4'),
    price: decimal('13.88'),
    reasons: ['above_band'],
    position: 1,
    eventTs: NOON,
    tickAt: NOON,
    cycle: 0,
    codeVersion: 'test',
    catalogHash: '',
    denied: null,
    figures: null,
    planned,
    unplanned: null,
    difference: null,
    order: {
      clientOrderId: 'tg-d',
      state: 'canceled',
      alpacaOrderId: null,
      denied: null,
      killSwitchVersion: '1/-',
      killSwitchAgeSeconds: 0.0014453479999999672,
      rejection: null,
      note: null,
      filledQuantity: NONE,
      averageFillPrice: null,
      updatedAt: NOON,
    },
  }
}

const rowsOf = (explained: Explanation, title: string) =>
  explanationInWords(explained).find((section) => section.title === title)?.rows

describe('an explanation in words', () => {
  it('says that a sale takes no more than is held, and names that as what binds', () => {
    expect(rowsOf(sale({}), 'Size')).toEqual([
      ['target_notional', '30000', ''],
      ['strategy_caps', '9000', ''],
      ['can be closed', '4', 'binds'],
      ['limit', '13.89', 'at once or not at all'],
      ['quantity', '4: all that can be closed; less than 9000 / 13.88', ''],
    ])
  })

  it('says when the remainder of a share goes along', () => {
    const whole = { closable: decimal('10.5'), quantity: decimal('10.5') }
    // 140 buy 10 shares at 13.88, which would leave half a one
    expect(rowsOf(sale({ ...whole, budget: decimal('140') }), 'Size')?.at(-1)?.[1]).toBe(
      '10.5: all that can be closed; 140 / 13.88 would leave a part of one',
    )
  })

  it('says what the caps are good for, where that binds', () => {
    const some = { closable: decimal('1000'), quantity: decimal('648') }
    expect(rowsOf(sale(some), 'Size')).toEqual([
      ['target_notional', '30000', ''],
      ['strategy_caps', '9000', 'binds'],
      ['can be closed', '1000', ''],
      ['limit', '13.89', 'at once or not at all'],
      ['quantity', '9000 / 13.88, in steps of 1: 648', ''],
    ])
  })

  it('tells what the account had, and what open orders want', () => {
    expect(rowsOf(sale({}), 'Account')).toEqual([
      ['equity', '99955.69'],
      ['buying power', '155570.46'],
      ['held', '4 at 13.8 on average'],
    ])
    const nothing = sale({}, { held: NONE, averageEntryPrice: null, openBuys: decimal('3') })
    expect(rowsOf(nothing, 'Account')?.slice(2)).toEqual([
      ['held', 'nothing'],
      ['open orders', 'buy 3'],
    ])
  })

  it('says why a limit order came to nothing, with times that people read', () => {
    expect(rowsOf(sale({}), 'Order')).toEqual([
      ['state', 'canceled, 2024-03-07T17:00:00Z'],
      ['firewall', 'permitted; kill switch off, version 1/-, read 0.001 s before'],
      ['client order id', 'tg-d'],
      ['not filled', 'nothing was to be had within its limit of 13.89, and nothing rests'],
    ])
    expect(rowsOf(sale({ limitPrice: null }), 'Order')).toHaveLength(3)
  })

  it('names amounts that differ as amounts', () => {
    const [left, right] = [decimal('0.55'), decimal('0.75')]
    expect(differenceInWords({ path: 'decisions[0].confidence', left, right })).toBe(
      'decisions[0].confidence was "0.55", is "0.75"',
    )
  })
})

describe('what dealing costs in words', () => {
  it.each([
    ['0', '0', '0', 'no fees, no slippage'],
    ['2', '0', '5', 'fees 2 bp, slippage 5 bp'],
    ['0', '0.005', '0', 'fees 0.005 a share, no slippage'],
    ['1.5', '0.01', '2', 'fees 1.5 bp and 0.01 a share, slippage 2 bp'],
  ])('%s, %s, %s', (basisPoints, perShare, slippage, words) => {
    const costs = {
      feeBasisPoints: decimal(basisPoints),
      feePerShare: decimal(perShare),
      slippageBasisPoints: decimal(slippage),
    }
    expect(costsInWords(costs)).toBe(words)
  })
})

/** What an account had, and how a size came of that and of what was wanted, as people read it. */
import { ZERO, formatDecimal, mul, round } from '../../domain/decimal.ts'
import type { AccountExplanation, SizingExplanation } from './explanation.ts'

export function accountRows({
  equity,
  buyingPower,
  held,
  averageEntryPrice,
  ...open
}: AccountExplanation): string[][] {
  const at = averageEntryPrice === null ? '' : ` at ${formatDecimal(round(averageEntryPrice, 4))} on average`
  const { openBuys, openSells } = open
  return [
    ['equity', formatDecimal(equity)],
    ['buying power', formatDecimal(buyingPower)],
    ['held', held === ZERO ? 'nothing' : `${formatDecimal(held)}${at}`],
    ...(openBuys === ZERO ? [] : [['open orders', `buy ${formatDecimal(openBuys)}`]]),
    ...(openSells === ZERO ? [] : [['open orders', `sell ${formatDecimal(openSells)}`]]),
  ]
}

export function sizeRows(sizing: SizingExplanation): string[][] {
  const { bounds, closable, limitPrice } = sizing
  const closesAll = isAllThatCanBeClosed(sizing)
  return [
    ...bounds.map(({ bound, amount: most, binds }) => [
      bound,
      formatDecimal(most),
      binds && !closesAll ? 'binds' : '',
    ]),
    ...(closable === null ? [] : [['can be closed', formatDecimal(closable), closesAll ? 'binds' : '']]),
    ...(limitPrice === null ? [] : [['limit', formatDecimal(limitPrice), 'at once or not at all']]),
    ['quantity', quantityInWords(sizing), ''],
  ]
}

/** An order through zero is none: what the budget is good for beyond the position is left. */
function isAllThatCanBeClosed({ closable, quantity }: SizingExplanation): boolean {
  return closable !== null && quantity === closable && quantity > 0n
}

function quantityInWords(sizing: SizingExplanation): string {
  const { budget, price, step, quantity, denied } = sizing
  if (denied !== null) return `nothing: ${denied}`
  if (budget === null) return `${formatDecimal(quantity)}: all that can be closed`
  const at = price === null ? 'no price' : formatDecimal(price)
  if (price !== null && isAllThatCanBeClosed(sizing)) {
    const quotient = `${formatDecimal(budget)} / ${at}`
    const why =
      mul(quantity, price) <= budget ? `less than ${quotient}` : `${quotient} would leave a part of one`
    return `${formatDecimal(quantity)}: all that can be closed; ${why}`
  }
  return `${formatDecimal(budget)} / ${at}, in steps of ${formatDecimal(step)}: ${formatDecimal(quantity)}`
}

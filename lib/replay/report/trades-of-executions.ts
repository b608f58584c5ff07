/** The trades that executions tell of. Pure. */
import type { Execution } from '../../domain/execution.ts'
import { asNumber } from '../figures/as-number.ts'
import type { Trade } from '../figures/trade-figures.ts'

const NS_PER_MS = 1_000_000n

/**
 * One trade of each execution that filled, at its average price and the time of its last fill, ascending. The broker's fees are not
 * among what it reports of an order, so none are counted.
 * @param strategies those behind each decision, in rank order
 */
export function tradesOfExecutions(
  executions: Iterable<Execution>,
  strategies: ReadonlyMap<string, readonly string[]>,
): Trade[] {
  const trades: Trade[] = []
  for (const execution of executions) {
    const { symbol, side, filledQuantity, averageFillPrice, limitPrice, decisionId } = execution
    if (filledQuantity <= 0n || averageFillPrice === null) continue
    trades.push({
      at: filledAt(execution),
      symbol,
      side,
      quantity: asNumber(filledQuantity),
      price: asNumber(averageFillPrice),
      limit: limitPrice === null ? null : asNumber(limitPrice),
      fee: 0,
      decision: decisionId,
      strategies: strategies.get(decisionId) ?? [],
    })
  }
  return trades.sort((left, right) => left.at - right.at)
}

/** As the broker says; our own time of writing where it does not. */
function filledAt({ evidence, updatedAt }: Execution): number {
  const at = evidence?.correction?.at ?? evidence?.fills.at(-1)?.at ?? evidence?.terminal?.at ?? null
  return at === null ? updatedAt : Number(at / NS_PER_MS)
}

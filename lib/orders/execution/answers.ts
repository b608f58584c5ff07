/**
 * What the answer to a POST proves of its order (docs/architecture.md#answers). Pure.
 *
 * Invariants: a 422 is looked up before it is believed; a refusal is evidence under a first claim alone; what
 * proves nothing leaves the order's fate unknown.
 */
import type { BrokerOrder, OrderLookup, SubmitAnswer } from '../../ports/broker.ts'
import type { Change } from './moves.ts'
import { refusedAgain, rejected, released, unanswered, type Holding } from './transitions.ts'

/** What to make of an execution whose order was sent. */
export type Verdict =
  | { readonly kind: 'change'; readonly change: Change }
  | { readonly kind: 'adopt'; readonly order: BrokerOrder }

/** `look_up`: the answer alone proves nothing, and `judgeLookup` says what a look-up after it does. */
export function judgeAnswer(
  answer: SubmitAnswer,
  holding: Holding,
): Verdict | { readonly kind: 'look_up'; readonly body: string } {
  switch (answer.kind) {
    case 'accepted':
      return { kind: 'adopt', order: answer.order }
    case 'rate_limited':
      return changes(released(holding, 'the broker took nothing: too many requests'))
    case 'ambiguous':
      return changes(unanswered(holding, answer.reason))
    case 'refused':
      if (!holding.claim.takeover) return changes(rejected(holding, answer.body))
      break
    case 'unprocessable':
      break
  }
  return { kind: 'look_up', body: answer.body }
}

/** @param body of the refusal before the look-up */
export function judgeLookup(body: string, holding: Holding, lookup: OrderLookup): Verdict {
  if (lookup.kind === 'found') return { kind: 'adopt', order: lookup.order }
  if (holding.claim.takeover) return changes(refusedAgain(holding, body, lookup.kind === 'not_found'))
  return lookup.kind === 'not_found'
    ? changes(rejected(holding, body))
    : changes(unanswered(holding, `refused, and the look-up failed: ${lookup.reason}`))
}

function changes(change: Change): Verdict {
  return { kind: 'change', change }
}

/**
 * The digest of a run (docs/architecture.md#command-line): one hash over everything a run is about, and
 * nothing else: no tokens, attempts, versions or wall times. Runs with equal inputs have equal digests, however
 * often they were interrupted.
 */
import { formatDecimal } from '../domain/decimal.ts'
import { encodeFields, sha256Hex } from '../domain/ids.ts'
import { formatInstant } from '../domain/time.ts'
import type { AccountRecords } from './run-report.ts'

/** 64 lower-case hex characters; the order of accounts, decisions and executions changes nothing. */
export function runDigest(accounts: readonly AccountRecords[]): string {
  return sha256Hex(encodeFields(...accounts.map(accountText).sort()))
}

function accountText({ lane, decisions, executions, equity }: AccountRecords): string {
  const decided = decisions.map(({ decisionId, side, quantity, outcome }) => {
    const answer = outcome.kind === 'accepted' ? 'accepted' : outcome.reason
    return encodeFields('decision', decisionId, side, formatDecimal(quantity), answer)
  })
  const executed = executions.map((execution) =>
    encodeFields(
      'execution',
      execution.clientOrderId,
      execution.state,
      formatDecimal(execution.filledQuantity),
      execution.averageFillPrice === null ? '' : formatDecimal(execution.averageFillPrice),
      execution.deniedReason ?? '',
    ),
  )
  const circuits = Object.entries(lane.circuits).map(([id, { consecutiveErrors, openUntil }]) => {
    const until = openUntil === null ? '' : formatInstant(openUntil)
    return encodeFields('circuit', id, String(consecutiveErrors), until)
  })
  return encodeFields(
    'account',
    lane.accountLabel,
    String(lane.cursor),
    formatDecimal(equity),
    ...decided.sort(),
    ...executed.sort(),
    ...circuits.sort(),
  )
}

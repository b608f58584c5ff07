/** The digest of a run changes with what a run decided and reached, and with nothing else. */
import { describe, expect, it } from 'vitest'
import { asDecimal, decimal } from '../../lib/domain/decimal.ts'
import { asEpochMs } from '../../lib/domain/time.ts'
import { CycleTally } from '../../lib/local/cycle-tally.ts'
import { runDigest } from '../../lib/local/run-digest.ts'
import type { AccountRecords } from '../../lib/local/run-report.ts'
import { aDecision, aLane, ALPHA, anExecution, BETA } from '../support/state-samples.ts'

function records(changes: Partial<AccountRecords> = {}): AccountRecords {
  return {
    lane: aLane({ circuits: { one: { consecutiveErrors: 2, openUntil: null } } }),
    tally: new CycleTally(),
    cycles: [],
    decisions: [aDecision(1), aDecision(2)],
    executions: [anExecution(), anExecution({}, aDecision(2))],
    equity: decimal('100000'),
    ...changes,
  }
}
const other = records({ lane: aLane({ accountLabel: BETA }) })
const base = runDigest([records(), other])

describe('the digest of a run', () => {
  it('is 64 lower-case hex characters', () => {
    expect(base).toMatch(/^[0-9a-f]{64}$/)
  })

  it('does not depend on the order of accounts, decisions and executions', () => {
    const { decisions, executions } = records()
    const turned = records({ decisions: decisions.toReversed(), executions: executions.toReversed() })
    expect(runDigest([other, turned])).toBe(base)
  })

  it('does not depend on tokens, attempts, revisions, versions and wall times', () => {
    const [first, second] = [anExecution(), anExecution({}, aDecision(2))]
    const repeated = {
      ...first,
      revision: first.revision + 3,
      claim: { token: 'another', diesAt: asEpochMs(1), takeover: true, dead: true },
      createdAt: asEpochMs(2),
      updatedAt: asEpochMs(3),
      permission: { killSwitchVersion: 'x', killSwitchAgeSeconds: 1 },
      alpacaOrderId: null,
    }
    const { lane } = records()
    const later = { ...lane, version: lane.version + 5, lastTickAt: asEpochMs(9) }
    expect(runDigest([records({ executions: [repeated, second], lane: later }), other])).toBe(base)
  })

  const [decision, execution] = [aDecision(1), anExecution()]
  const changes: readonly (readonly [string, Partial<AccountRecords>])[] = [
    ['a missing decision', { decisions: [aDecision(2)] }],
    [
      'a quantity',
      { decisions: [{ ...decision, quantity: asDecimal(decision.quantity + 1n) }, aDecision(2)] },
    ],
    [
      'a side',
      { decisions: [{ ...decision, side: decision.side === 'buy' ? 'sell' : 'buy' }, aDecision(2)] },
    ],
    [
      'an outcome',
      {
        decisions: [
          { ...decision, outcome: { kind: 'denied', reason: 'missing_price', figures: null } },
          aDecision(2),
        ],
      },
    ],
    ['a state', { executions: [{ ...execution, state: 'expired' }, anExecution({}, aDecision(2))] }],
    [
      'a fill price',
      { executions: [{ ...execution, averageFillPrice: decimal('1.5') }, anExecution({}, aDecision(2))] },
    ],
    [
      'a refusal',
      { executions: [{ ...execution, deniedReason: 'kill_switch_on' }, anExecution({}, aDecision(2))] },
    ],
    ['the equity', { equity: decimal('100000.01') }],
    ['the account', { lane: aLane({ accountLabel: ALPHA, cursor: 12_345 }) }],
    ['a circuit', { lane: aLane({ circuits: {} }) }],
  ]
  it.each(changes)('changes with %s', (_, change) => {
    expect(runDigest([records(change), other])).not.toBe(base)
  })
})

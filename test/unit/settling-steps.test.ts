/**
 * Single steps of submitting and settling (docs/architecture.md#submitting): where an order is looked up, and what
 * remains of a claim under which nothing was sent.
 */
import { describe, expect, it } from 'vitest'
import { memoryStores } from '../../lib/adapters/memory/stores.ts'
import type { BrokerTarget } from '../../lib/domain/account.ts'
import type { Claim } from '../../lib/domain/execution.ts'
import { asEpochMs, plusSeconds } from '../../lib/domain/time.ts'
import { isDeadClaim } from '../../lib/orders/claims.ts'
import { executeDecision } from '../../lib/orders/execute-decision.ts'
import { takenOver } from '../../lib/orders/execution/transitions.ts'
import type { OrderFirewall } from '../../lib/orders/firewall.ts'
import type { OrderDeps } from '../../lib/orders/order-deps.ts'
import { changeOnce } from '../../lib/orders/record-change.ts'
import { sendClaimed } from '../../lib/orders/send-claimed.ts'
import { settleExecution } from '../../lib/orders/settle.ts'
import type { Broker } from '../../lib/ports/broker.ts'
import { HandClock } from '../support/hand-clock.ts'
import { DECIDED_AT, aDecision, anExecution } from '../support/state-samples.ts'
import { CountingTelemetry } from '../support/telemetry.ts'

function depsWith(changes: Partial<OrderDeps>): OrderDeps {
  const clock = new HandClock(DECIDED_AT)
  const { decisions, executions, orderEvents } = memoryStores(clock)
  return {
    decisions,
    executions,
    events: orderEvents,
    firewall: { post: async () => ({ kind: 'claim_expired' }) } as unknown as OrderFirewall,
    withheld: null,
    brokerAt: () => Promise.reject(new Error('no broker is asked')),
    claims: { create: () => claim(true), isDead: () => false },
    clock,
    telemetry: new CountingTelemetry(),
    ...changes,
  }
}

const claim = (takeover: boolean): Claim => ({
  token: 'ours',
  diesAt: plusSeconds(DECIDED_AT, 30),
  takeover,
  dead: false,
})

describe('an unsettled order', () => {
  it('is looked up where it was sent, wherever its account is now', async () => {
    const asked: BrokerTarget[] = []
    const broker = { findByClientOrderId: async () => ({ kind: 'not_found' }) } as unknown as Broker
    const deps = depsWith({
      brokerAt: async (target) => {
        asked.push(target)
        return broker
      },
    })
    const target = { mode: 'paper', baseUrl: 'http://127.0.0.1:4711' } as const
    await settleExecution(anExecution({ state: 'unknown', brokerTarget: target }), deps)
    expect(asked).toEqual([target])
  })
})

describe('a look-up that finds nothing', () => {
  it('is no miss once another run has taken the claim over, since that run may be sending', async () => {
    const clock = new HandClock(DECIDED_AT)
    const { executions } = memoryStores(clock)
    const execution = anExecution({ state: 'unknown', claim: { ...claim(false), dead: true } })
    await executions.createExecution(execution)
    const theirs: Claim = { ...claim(true), token: 'theirs' }
    const findByClientOrderId = async () => {
      await changeOnce({ executions, clock }, execution, takenOver(theirs))
      return { kind: 'not_found' }
    }
    const deps = depsWith({
      clock,
      executions,
      brokerAt: async () => ({ findByClientOrderId }) as unknown as Broker,
      claims: { create: () => claim(true), isDead: (held) => held?.dead === true },
      withheld: 'kill_switch_on',
    })
    expect(await settleExecution(execution, deps)).toMatchObject({
      kind: 'unsettled',
      execution: { state: 'submitting', claim: theirs, misses: null },
    })
  })
})

describe('a claim', () => {
  it('is dead once ten seconds have passed since its holder could send for the last time', () => {
    const held = claim(false)
    const dead = [-20_000, 0, 10_000, 10_001].map((after) =>
      isDeadClaim(held, asEpochMs(held.diesAt + after)),
    )
    expect(dead).toEqual([false, false, false, true])
  })

  it('is judged before the look-up: one that dies meanwhile is left alone', async () => {
    let dead = false
    const findByClientOrderId = async () => {
      dead = true
      return { kind: 'not_found' }
    }
    const deps = depsWith({
      brokerAt: async () => ({ findByClientOrderId }) as unknown as Broker,
      claims: { create: () => claim(true), isDead: () => dead },
    })
    const execution = anExecution({ state: 'unknown' })
    expect(await settleExecution(execution, deps)).toEqual({ kind: 'unsettled', execution })
  })

  it('of another run is left alone by a run that would claim the same', async () => {
    const findByClientOrderId = async () => ({ kind: 'not_found' })
    const deps = depsWith({
      brokerAt: async () => ({ findByClientOrderId }) as unknown as Broker,
      firewall: {
        ask: async () => ({ kind: 'permitted', record: { killSwitchVersion: '1', killSwitchAgeSeconds: 0 } }),
        post: () => Promise.reject(new Error('sent a second time')),
      } as unknown as OrderFirewall,
      claims: { create: () => ({ ...claim(false), token: 'mine' }), isDead: () => false },
    })
    const execution = anExecution()
    await deps.executions.createExecution(execution)
    expect(await executeDecision(aDecision(), deps)).toEqual({ kind: 'unsettled', execution })
  })
})

describe('a claim that has run out', () => {
  it.each([false, true])('is given up, and denies nothing (a takeover: %s)', async (takeover) => {
    const deps = depsWith({})
    const execution = anExecution({ claim: claim(takeover) })
    await deps.executions.createExecution(execution)
    const result = await sendClaimed(aDecision(), execution, claim(takeover), deps)
    expect(result).toMatchObject({
      kind: 'unsettled',
      execution: { state: 'submitting', deniedReason: null, claim: { dead: true, takeover } },
    })
  })
})

describe('a firewall that refuses right before the POST', () => {
  const refused = async (takeover: boolean) => {
    const post = async () => ({ kind: 'denied', reason: 'kill_switch_on' })
    const deps = depsWith({ firewall: { post } as unknown as OrderFirewall })
    const execution = anExecution({ claim: claim(takeover) })
    await deps.executions.createExecution(execution)
    return sendClaimed(aDecision(), execution, claim(takeover), deps)
  }

  it('denies under a first claim, since nothing was sent', async () => {
    expect(await refused(false)).toMatchObject({
      kind: 'settled',
      execution: { state: 'denied', deniedReason: 'kill_switch_on' },
    })
  })

  it('leaves a takeover unsettled, since an earlier POST may have arrived', async () => {
    expect(await refused(true)).toMatchObject({
      kind: 'unsettled',
      execution: { state: 'submitting', deniedReason: null, claim: { dead: true } },
    })
  })
})

/** Two forwarders of one account: one publishes, the other takes over when it dies, and never both (docs/forwarder.md). */
import type { LeasedState } from '../../lib/operations/hold-lease.ts'
import { describe, expect, it } from 'vitest'
import type { AccountConfig } from '../../lib/domain/account.ts'
import { asEpochMs } from '../../lib/domain/time.ts'
import { forwardUpdates, type ForwardDeps } from '../../lib/operations/forward-updates.ts'
import type { Clock } from '../../lib/ports/clock.ts'
import type { TradeUpdateListener } from '../../lib/ports/trade-update-streams.ts'
import { MemoryForwarderLease } from '../support/memory-forwarder-lease.ts'
import { ALPHA, ALPHA_KEY, HandClock } from '../support/paper-exchange-fixture.ts'
import { CountingTelemetry } from '../support/telemetry.ts'

const ACCOUNT: AccountConfig = {
  label: ALPHA,
  enabled: true,
  target: { mode: 'paper', baseUrl: 'http://127.0.0.1' },
  strategies: null,
}

interface Told {
  readonly payload: { readonly order: { readonly id: string } }
}

/** Time that passes only when the test says so; whoever pauses waits for it. */
class HandTime {
  readonly clock = new HandClock('2026-02-10T15:00:00Z')
  #sleepers: { readonly at: number; readonly wake: () => void }[] = []
  pause = (milliseconds: number, until: AbortSignal) =>
    new Promise<void>((resolve) => {
      if (until.aborted) return resolve()
      this.#sleepers.push({ at: this.clock.now() + milliseconds, wake: resolve })
      until.addEventListener('abort', () => resolve(), { once: true })
    })
  async pass(seconds: number): Promise<void> {
    for (let step = 0; step < seconds; step += 1) {
      this.clock.pass(1)
      const due = this.#sleepers.filter(({ at }) => at <= this.clock.now())
      this.#sleepers = this.#sleepers.filter(({ at }) => at > this.clock.now())
      for (const { wake } of due) wake()
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
  }
}

describe('two processes of one account', () => {
  /** A process over shared time and a shared lease; frozen, it does nothing until it is thawed. */
  function startProcess(
    owner: string,
    time: HandTime,
    lease: MemoryForwarderLease,
    opening: () => Promise<void> = async () => {},
    clock: Clock = time.clock,
    /** How many of the messages it takes; all if it does not say. */
    onSend: (many: number) => number | void = () => {},
  ) {
    const published: { readonly at: number; readonly body: string }[] = []
    const listeners: TradeUpdateListener[] = []
    const states: LeasedState[] = []
    let frozen: Promise<void> | null = null
    let thaw = (): void => {}
    const unfrozen = async (): Promise<void> => {
      await frozen
    }
    const deps: ForwardDeps = {
      lease,
      streams: {
        open: (_target, _credentials, listener) => {
          listeners.push(listener)
          listener.onListening()
          return { close: () => {} }
        },
      },
      queue: {
        send: async (messages) => {
          const many = onSend(messages.length) ?? messages.length
          await unfrozen()
          published.push(...messages.slice(0, many).map(({ body }) => ({ at: time.clock.now(), body })))
          return { failed: messages.slice(many).map(({ deduplicationId }) => deduplicationId) }
        },
      },
      openBroker: async () => {
        await opening()
        return { openOrders: async () => [] } as unknown as Awaited<ReturnType<ForwardDeps['openBroker']>>
      },
      executions: { listOpen: async () => [] },
      clock,
      telemetry: new CountingTelemetry(),
      pause: async (milliseconds, until) => {
        await time.pause(milliseconds, until)
        await unfrozen()
      },
      owner,
    }
    const end = new AbortController()
    const done = forwardUpdates(ACCOUNT, ALPHA_KEY, deps, {
      once: false,
      stop: end.signal,
      onState: (state) => states.push(state),
    })
    const update = (seq: number) =>
      listeners
        .at(-1)
        ?.onUpdate({ event: 'new', order: { id: `o${seq}`, client_order_id: `tg-${seq}`, status: 'new' } })
    const freeze = () => {
      frozen = new Promise((resolve) => {
        thaw = () => {
          frozen = null
          resolve()
        }
      })
    }
    return {
      published,
      states,
      update,
      freeze,
      thaw: () => thaw(),
      stop: () => (end.abort(), done),
      listeners,
    }
  }

  it('one publishes, the spare takes over within 30 s of its death, and the dead one publishes nothing when it wakes', async () => {
    const time = new HandTime()
    const lease = new MemoryForwarderLease()
    const one = startProcess('one', time, lease)
    await time.pass(2)
    const two = startProcess('two', time, lease)
    await time.pass(3)
    one.update(1)
    await time.pass(2)
    expect([one.published.length, two.listeners.length]).toEqual([1, 0])
    one.freeze()
    one.update(2)
    const frozenAt = time.clock.now()
    await time.pass(30)
    expect(two.states).toContain('listening')
    two.update(3)
    await time.pass(2)
    expect(two.published).toHaveLength(1)
    one.thaw()
    one.update(4)
    await time.pass(10)
    expect(one.published.filter(({ at }) => at > frozenAt + 15_000)).toEqual([])
    expect(one.states.at(-1)).toBe('waiting')
    await two.stop()
    await time.pass(11)
    expect(one.states.at(-1)).toBe('listening')
    await one.stop()
  })

  it('that stands still in the middle of many updates publishes no more of them', async () => {
    const time = new HandTime()
    const lease = new MemoryForwarderLease()
    let isFirst = true
    const one = startProcess('one', time, lease, undefined, undefined, () => {
      if (isFirst) one.freeze()
      isFirst = false
    })
    await time.pass(2)
    for (let seq = 1; seq <= 40; seq += 1) one.update(seq)
    const two = startProcess('two', time, lease)
    await time.pass(40)
    expect(two.states).toContain('listening')
    const thawedAt = time.clock.now()
    one.thaw()
    await time.pass(1)
    const late = one.published.filter(({ at }) => at >= thawedAt)
    // what one request takes
    expect(late.length).toBeLessThanOrEqual(10)
    await two.stop()
    await one.stop()
  })

  it('gives a queue again, in order, what it did not take', async () => {
    const time = new HandTime()
    let sends = 0
    const one = startProcess('one', time, new MemoryForwarderLease(), undefined, undefined, () => {
      sends += 1
      return sends === 1 ? 3 : undefined
    })
    await time.pass(2)
    for (let seq = 1; seq <= 12; seq += 1) one.update(seq)
    await time.pass(5)
    const told = one.published.map(({ body }) => (JSON.parse(body) as Told).payload.order.id)
    expect(told).toEqual(Array.from({ length: 12 }, (_, index) => `o${index + 1}`))
    await one.stop()
  })

  it('whose clock is set back holds its lease no longer for it', async () => {
    const time = new HandTime()
    const lease = new MemoryForwarderLease()
    let setBackMs = 0
    const clock = {
      now: () => asEpochMs(time.clock.now() - setBackMs),
      monotonic: () => time.clock.monotonic(),
    }
    const one = startProcess('one', time, lease, undefined, clock)
    await time.pass(1)
    one.freeze()
    await time.pass(14)
    setBackMs = 10_000
    one.update(1)
    const thawedAt = time.clock.now()
    lease.isOut = true
    one.thaw()
    await time.pass(10)
    expect(one.published.filter(({ at }) => at >= thawedAt)).toEqual([])
    lease.isOut = false
    await one.stop()
  })

  it('whose look-ups outlast its lease publishes nothing after them', async () => {
    const time = new HandTime()
    const lease = new MemoryForwarderLease()
    const slow = () => time.pause(20_000, new AbortController().signal)
    const one = startProcess('one', time, lease, slow)
    await time.pass(1)
    one.update(1)
    const two = startProcess('two', time, lease)
    await time.pass(30)
    two.update(2)
    await time.pass(2)
    expect([one.published, two.published.length]).toEqual([[], 1])
    await two.stop()
    await one.stop()
  })
})

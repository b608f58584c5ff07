/** Which ticks after signals wait: one per account and source, until it has begun or its note is a minute old. */
import { describe, expect, it } from 'vitest'
import { freshState, STATE_BACKENDS } from '../support/state-backends.ts'
import { ALPHA, BETA } from '../support/state-samples.ts'

const at = (position: number, source = 'ta') => ({ source, position })

describe.each(STATE_BACKENDS)('waiting ticks: $name', ({ open }) => {
  const state = freshState(open)
  const ticks = () => state().stores.waitingTicks

  it('wait one at a time, for each account and source', async () => {
    expect(await ticks().note(ALPHA, at(1))).toBe(true)
    expect(await ticks().note(ALPHA, at(1))).toBe(false)
    expect(await ticks().note(ALPHA, at(2))).toBe(false)
    expect(await ticks().note(BETA, at(1))).toBe(true)
    expect(await ticks().note(ALPHA, at(1, 'other'))).toBe(true)
  })

  it('make room once they have begun, for what is further on', async () => {
    await ticks().note(ALPHA, at(7))
    await ticks().begun(ALPHA, at(7))
    expect(await ticks().note(ALPHA, at(6))).toBe(false)
    expect(await ticks().note(ALPHA, at(7))).toBe(false)
    expect(await ticks().note(ALPHA, at(8))).toBe(true)
  })

  it('are not said to have begun by an earlier one that is delivered again', async () => {
    await ticks().note(ALPHA, at(1))
    await ticks().begun(ALPHA, at(1))
    await ticks().note(ALPHA, at(2))
    await ticks().begun(ALPHA, at(1))
    expect(await ticks().note(ALPHA, at(3))).toBe(false)
  })

  it('that nobody noted may begin', async () => {
    await ticks().begun(ALPHA, at(3))
    expect(await ticks().note(ALPHA, at(1))).toBe(true)
  })

  it.each([61, -61])('are forgotten by a clock that says %i seconds later', async (seconds) => {
    await ticks().note(ALPHA, at(9))
    state().clock.pass(seconds > 0 ? 60 : 0)
    expect(await ticks().note(ALPHA, at(10))).toBe(false)
    state().clock.pass(seconds > 0 ? 1 : seconds)
    // whatever position: the log may have been put back meanwhile
    expect(await ticks().note(ALPHA, at(2))).toBe(true)
    expect(await ticks().note(ALPHA, at(3))).toBe(false)
  })
})

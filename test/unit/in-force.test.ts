/**
 * What is in force is worked out once per text of the flags, and whoever keeps it is told of every change as if each tick worked
 * it out anew: kill switches, features, accounts, in place or in new objects.
 */
import { describe, expect, it } from 'vitest'
import { openFeatureServices } from '../../lib/adapters/openfeature/flag-services.ts'
import { ParameterProvider } from '../../lib/adapters/openfeature/parameter-provider.ts'
import { memoryStores } from '../../lib/adapters/memory/stores.ts'
import { inForce, keptInForce, type InForce } from '../../lib/lanes/in-force.ts'
import { tickFlags } from '../../lib/local/tick-flags.ts'
import { flagSource } from '../support/flag-readings.ts'
import { HandClock } from '../support/hand-clock.ts'
import { CountingTelemetry } from '../support/telemetry.ts'

const FEATURE = 'features/torghut_trading_multi_account_enabled'
const clock = new HandClock('2026-02-11T15:00:00Z')
const stores = memoryStores(clock)
const registry = (betaEnabled: boolean) =>
  JSON.stringify([{ label: 'paper' }, { label: 'alpha' }, { label: 'beta', enabled: betaEnabled }])
const BASE = {
  TRADING_KILL_SWITCH_ENABLED: 'false',
  TRADING_MULTI_ACCOUNT_ENABLED: 'true',
  TRADING_ACCOUNTS_JSON: registry(true),
  [FEATURE]: 'true',
}

/** What people would say of it. */
const told = ({ admitted, held, killed }: InForce) => ({
  admitted: admitted.map(({ label }) => label),
  held: held.map(({ account, reason }) => `${account.label} ${reason}`),
  killed: [...killed],
})

/** Asks after each state of the flags, the same object changed in place where asked. */
async function asked(states: readonly Record<string, string>[], kept = keptInForce(), inPlace = false) {
  const telemetry = new CountingTelemetry()
  const one: Record<string, string> = {}
  let values: Record<string, string> = {}
  const flags = flagSource(clock, () => values)
  const features = openFeatureServices(`in-force-${domains++}`, new ParameterProvider(flags, 0))
  const answers: InForce[] = []
  for (const state of states) {
    for (const name of Object.keys(one)) delete one[name]
    values = inPlace ? Object.assign(one, state) : { ...state }
    answers.push(await kept(values, { environment: {}, roster: stores.roster, features, telemetry }))
  }
  return answers
}
let domains = 0

const STATES = [
  BASE,
  { ...BASE, TRADING_KILL_SWITCH_ENABLED: 'true' },
  BASE,
  { ...BASE, 'accounts/alpha/TRADING_KILL_SWITCH_ENABLED': 'true' },
  { ...BASE, TRADING_KILL_SWITCH_ENABLED: 'ture' },
  { ...BASE, [FEATURE]: 'false' },
  { ...BASE, TRADING_ACCOUNTS_JSON: registry(false) },
  { ...BASE, TRADING_MULTI_ACCOUNT_ENABLED: 'false' },
  BASE,
]

describe('what is in force, kept', () => {
  it.each([false, true])('is what it would be anew after every change (in place: %s)', async (inPlace) => {
    const anew = (await asked(STATES, inForce)).map(told)
    expect((await asked(STATES, keptInForce(), inPlace)).map(told)).toEqual(anew)
  })

  it('knows of a kill switch with the first tick after it, and again of its end', async () => {
    const [before, on, off] = (await asked(STATES.slice(0, 3))).map(told)
    expect(before?.killed).toEqual([])
    expect(on?.killed.toSorted()).toEqual(['alpha', 'beta', 'paper'])
    expect(off?.killed).toEqual([])
  })

  it('is the same thing while nothing changes', async () => {
    const [first, second] = await asked([BASE, { ...BASE }])
    expect(second).toBe(first)
  })

  it('answers from the reading that its tick began with, though the flags change while it asks', async () => {
    // off at each reading that a tick begins with, on only at the one in between
    const off = { ...BASE, [FEATURE]: 'false' }
    const readings = [off, BASE, off]
    const { begin, within } = tickFlags(flagSource(clock, () => readings.shift() ?? off))
    const features = openFeatureServices(`in-force-${domains++}`, new ParameterProvider(within, 0))
    const deps = { environment: {}, roster: stores.roster, features, telemetry: new CountingTelemetry() }
    const kept = keptInForce()
    const tick = async () => told(await kept((await begin.read(0)).values, deps)).admitted
    expect(await tick()).toEqual(['paper'])
    // the second tick begins with the reading in between, the third with what was there at first
    expect(await tick()).toEqual(['paper', 'alpha', 'beta'])
    expect(await tick()).toEqual(['paper'])
  })

  it('asks again about accounts that nobody could answer for', async () => {
    const garbled = { ...BASE, [FEATURE]: 'perhaps' }
    const [first, second] = await asked([garbled, garbled])
    expect(told(first as InForce).held).toContain('alpha feature_unreadable')
    expect(second).not.toBe(first)
  })
})

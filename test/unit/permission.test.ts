/** The order firewall's rules, each refusing for its own reason (docs/architecture.md#order-firewall). */
import { describe, expect, it } from 'vitest'
import { parseSettings } from '../../lib/flags/parse-settings.ts'
import { createCalendar } from '../../lib/market/calendar/create-calendar.ts'
import { accountLabel } from '../../lib/domain/account-label.ts'
import { decimal } from '../../lib/domain/decimal.ts'
import { clientOrderId, decisionId, signalId } from '../../lib/domain/ids.ts'
import { asMonotonicMs, instant, momentOf, plusSeconds } from '../../lib/domain/time.ts'
import type { Settings } from '../../lib/domain/settings.ts'
import { OrderFirewall } from '../../lib/orders/firewall.ts'
import { checkPermission, type PermissionInputs } from '../../lib/orders/permission.ts'
import { projectAccount } from '../../lib/plan/projection.ts'
import { evaluateRisk } from '../../lib/plan/risk/evaluate.ts'
import type { SubmittingBroker } from '../../lib/ports/broker.ts'
import type { PermissionReading } from '../../lib/ports/permission-source.ts'
import { HandClock } from '../support/hand-clock.ts'
import { aSnapshot } from '../support/state-samples.ts'
import { aStrategy } from '../support/strategy-fixtures.ts'

const label = accountLabel('alpha')
const eventTs = instant('2026-02-10T15:00:00Z')
const signal = signalId({ source: 'ta', symbol: 'AAPL', timeframe: '1Min', eventTs, seq: 1 })
const id = decisionId(label, signal, '1Min', 'aggregated')
const target = { mode: 'paper', baseUrl: 'https://paper-api.alpaca.markets' } as const
const live = { mode: 'live', baseUrl: 'https://api.alpaca.markets' } as const

const permitted: PermissionInputs = {
  decision: {
    decisionId: id,
    clientOrderId: clientOrderId(id),
    accountLabel: label,
    signalId: signal,
    position: 1,
    source: 'ta',
    eventTs,
    symbol: 'AAPL',
    horizon: '1Min',
    origin: 'aggregated',
    side: 'buy',
    quantity: decimal('1'),
    price: decimal('100'),
    timeInForce: 'day',
    limitPrice: null,
    confidence: decimal('0.5'),
    targetNotional: decimal('100'),
    sourceStrategyIds: ['s'],
    explain: [],
    brokerTarget: target,
    tickAt: eventTs,
    outcome: { kind: 'accepted' },
  },
  reading: {
    killSwitch: 'off',
    current: {
      settings: parseSettings({ TRADING_ENABLED: 'true' }),
      account: { label, enabled: true, target, strategies: null },
      calendar: createCalendar('us_equities'),
    },
    version: '7',
    readAt: { wall: instant('2026-02-10T15:04:54Z'), monotonic: asMonotonicMs(1000) },
  },
  clientTarget: target,
  at: { wall: instant('2026-02-10T15:04:59Z'), monotonic: asMonotonicMs(6000) },
}
const { decision, reading, at } = permitted
type Current = NonNullable<PermissionReading['current']>
const current: Current = nonNull(reading.current)
const reads = (change: Partial<PermissionReading>) => ({ reading: { ...reading, ...change } })
const finds = (change: Partial<Current>) => reads({ current: { ...current, ...change } })
/** Asked at that time, by a reading of that moment. */
const asked = (time: string) => {
  const wall = instant(`2026-02-10T${time}Z`)
  return { at: { ...at, wall }, ...reads({ readAt: { ...at, wall } }) }
}
function nonNull<Value>(value: Value | null): Value {
  if (value === null) throw new Error('null')
  return value
}
const liveSettings = parseSettings({
  TRADING_ENABLED: 'true',
  TRADING_MODE: 'live',
  TRADING_LIVE_ENABLED: 'true',
})
const liveAccount = { label, enabled: true, target: live, strategies: null }
const asLive = { decision: { ...decision, brokerTarget: live }, clientTarget: live }
const findsLive = (settings: Settings) => ({ ...asLive, ...finds({ account: liveAccount, settings }) })

describe('the order firewall', () => {
  it('permits an order that nothing speaks against', () => {
    expect(checkPermission(permitted)).toBeNull()
    expect(checkPermission({ ...permitted, ...findsLive(liveSettings) })).toBeNull()
  })

  const cases: readonly (readonly [string, Partial<PermissionInputs>, string])[] = [
    ['the kill switch is on', reads({ killSwitch: 'on' }), 'kill_switch_on'],
    ['it is on and no flag can be read', reads({ killSwitch: 'on', current: null }), 'kill_switch_on'],
    ['the kill switch is unreadable', reads({ killSwitch: 'unreadable' }), 'kill_switch_unreadable'],
    ['flags cannot be understood', reads({ current: null }), 'kill_switch_unreadable'],
    [
      'the reading is older than 5 s on the monotonic clock, the wall clock having stood still',
      { at: { ...at, monotonic: asMonotonicMs(6001) } },
      'kill_switch_unreadable',
    ],
    [
      'the reading is older than 5 s on the wall clock, the monotonic one having stood still',
      { at: { ...at, wall: plusSeconds(at.wall, 0.001) } },
      'kill_switch_unreadable',
    ],
    [
      'the wall clock went back behind the reading',
      { at: { ...at, wall: plusSeconds(at.wall, -5.001) } },
      'kill_switch_unreadable',
    ],
    ['trading is disabled', finds({ settings: parseSettings({}) }), 'trading_disabled'],
    [
      'a live order meets paper settings',
      { ...asLive, ...finds({ account: liveAccount }) },
      'live_not_enabled',
    ],
    [
      'live trading is not enabled',
      findsLive(parseSettings({ TRADING_ENABLED: 'true', TRADING_MODE: 'live' })),
      'live_not_enabled',
    ],
    ['the account is gone', finds({ account: null }), 'account_disabled'],
    [
      'the account is disabled',
      finds({ account: { label, enabled: false, target, strategies: null } }),
      'account_disabled',
    ],
    ['crypto is disabled', { decision: { ...decision, symbol: 'BTC/USD' } }, 'crypto_trading_disabled'],
    [
      'live crypto is disabled',
      {
        ...findsLive({ ...liveSettings, cryptoEnabled: true }),
        decision: { ...decision, symbol: 'BTC/USD', brokerTarget: live },
      },
      'crypto_live_trading_disabled',
    ],
    ['the signal is older than 300 s', asked('15:05:01'), 'signal_too_old'],
    [
      'the session has closed',
      {
        decision: { ...decision, eventTs: instant('2026-02-10T20:59:00Z') },
        ...asked('21:00:00'),
      },
      'session_closed',
    ],
    ['the account went live meanwhile', finds({ account: liveAccount }), 'target_changed'],
    [
      'the client is connected elsewhere',
      { clientTarget: { mode: 'paper', baseUrl: 'http://127.0.0.1:1' } },
      'target_changed',
    ],
  ]
  it.each(cases)('denies when %s', (_name, change, reason) => {
    expect(checkPermission({ ...permitted, ...change })).toBe(reason)
  })
})

describe('a POST', () => {
  it('begins in the same turn as the verdict that permits it', async () => {
    const clock = new HandClock('2026-02-10T15:01:00Z')
    const happened: string[] = []
    const watched = {
      now: () => clock.now(),
      monotonic: () => {
        // What could be let in by a wait, however short, runs as a microtask before anything else.
        queueMicrotask(() => happened.push('something else ran'))
        happened.push('judged')
        return clock.monotonic()
      },
    }
    const submit = (): Promise<never> => {
      happened.push('sent')
      return Promise.reject(new Error('enough'))
    }
    const broker = { target, submit } as unknown as SubmittingBroker
    const permissions = { read: async () => ({ ...reading, readAt: momentOf(clock) }) }
    const lane = async () => null
    const firewall = new OrderFirewall({ broker, permissions, lane, clock: watched })
    const claim = { token: 't', diesAt: instant('2026-02-10T15:02:00Z'), takeover: false, dead: false }
    await expect(firewall.post(decision, claim)).rejects.toThrow('enough')
    expect(happened).toEqual(['judged', 'sent', 'something else ran'])
  })

  it('begins under no claim that has run out', async () => {
    const clock = new HandClock('2026-02-10T15:02:00Z')
    const broker = { target, submit: () => Promise.reject(new Error('sent')) } as unknown as SubmittingBroker
    const permissions = { read: async () => ({ ...reading, readAt: momentOf(clock) }) }
    const lane = async () => null
    const firewall = new OrderFirewall({ broker, permissions, lane, clock })
    const claim = { token: 't', diesAt: clock.now(), takeover: false, dead: false }
    expect(await firewall.post(decision, claim)).toEqual({ kind: 'claim_expired' })
    await expect(firewall.post(decision, { ...claim, diesAt: plusSeconds(clock.now(), 1) })).rejects.toThrow(
      'sent',
    )
  })
})

describe('plan and order firewall', () => {
  const both = ['paper', 'live'] as const
  const targets = { paper: target, live }
  // Before, in and after the session of that day, and the edges of the signal's age.
  const times = ['14:29:59', '14:30:00', '15:05:00', '15:05:01', '20:59:59', '21:00:00']
  const axes = {
    killSwitchOn: [false, true],
    enabled: [false, true],
    brokerMode: both,
    tradingEnabled: [false, true],
    mode: both,
    liveEnabled: [false, true],
    cryptoEnabled: [false, true],
    cryptoLiveEnabled: [false, true],
    symbol: ['AAPL', 'BTC/USD'],
    now: times.map((time) => instant(`2026-02-10T${time}Z`)),
    age: [0, 300, 301],
  } as const

  it('say the same of what both are asked, in all 9,216 circumstances', () => {
    const seen = new Map<string | null, number>()
    const different: unknown[] = []
    for (const given of combinations(axes)) {
      const { killSwitchOn, enabled, brokerMode, symbol, now, age, ...flags } = given
      const settings = { ...parseSettings({}), ...flags }
      const account = { label, enabled, target: targets[brokerMode], strategies: null }
      const asked = { ...decision, symbol, eventTs: plusSeconds(now, -age), brokerTarget: account.target }
      const firewall = checkPermission({
        decision: asked,
        reading: {
          killSwitch: killSwitchOn ? 'on' : 'off',
          current: { settings, account, calendar: current.calendar },
          version: '7',
          readAt: { wall: now, monotonic: at.monotonic },
        },
        clientTarget: account.target,
        at: { wall: now, monotonic: at.monotonic },
      })
      const inputs = {
        killSwitchOn,
        settings,
        account,
        blockedByBroker: false,
        calendar: current.calendar,
        at: now,
        strategies: new Map([['s', aStrategy('s')]]),
        projection: projectAccount(aSnapshot(), []),
        cooldowns: new Map(),
      }
      const plan = evaluateRisk(asked, { denied: null }, inputs)
      if (firewall !== plan) different.push({ firewall, plan, given })
      seen.set(plan, (seen.get(plan) ?? 0) + 1)
    }
    expect(different).toEqual([])
    // By hand, each a share of what those above it have left. In the end 240 stocks and 108 coins remain, and of the
    // stocks' twelve times and ages the four before and after the session are closed.
    expect(Object.fromEntries(seen)).toEqual({
      kill_switch_on: 9216 / 2,
      trading_disabled: 4608 / 2,
      // of the live half, all but those with both the mode and the flag
      live_not_enabled: (1152 * 3) / 4,
      account_disabled: 1440 / 2,
      crypto_trading_disabled: 360 / 2,
      // of 180 coins 36 are live
      crypto_live_trading_disabled: 36 / 2,
      signal_too_old: 522 / 3,
      session_closed: (240 * 4) / 12,
      null: (240 * 8) / 12 + 108,
    })
  })
})

/** Every combination of one value of each axis. */
function combinations<Axes extends Readonly<Record<string, readonly unknown[]>>>(
  axes: Axes,
): readonly { readonly [Axis in keyof Axes]: Axes[Axis][number] }[] {
  let found: readonly (readonly (readonly [string, unknown])[])[] = [[]]
  for (const [axis, values] of Object.entries(axes)) {
    found = found.flatMap((one) => values.map((value) => one.concat([[axis, value]])))
  }
  return found.map((one) => Object.fromEntries(one) as { readonly [Axis in keyof Axes]: Axes[Axis][number] })
}

/** The order firewall's rules, each refusing for its own reason (docs/architecture.md#order-firewall). */
import { describe, expect, it } from 'vitest'
import { parseSettings } from '../../lib/flags/parse-settings.ts'
import { createCalendar } from '../../lib/market/calendar/create-calendar.ts'
import { accountLabel } from '../../lib/domain/account-label.ts'
import { decimal } from '../../lib/domain/decimal.ts'
import { clientOrderId, decisionId, signalId } from '../../lib/domain/ids.ts'
import { asMonotonicMs, instant } from '../../lib/domain/time.ts'
import { checkPermission, type PermissionInputs } from '../../lib/orders/permission.ts'

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
    confidence: decimal('0.5'),
    targetNotional: decimal('100'),
    sourceStrategyIds: ['s'],
    explain: [],
    brokerTarget: target,
    tickAt: eventTs,
    outcome: { kind: 'accepted' },
  },
  killSwitch: { state: 'off', version: '7', readAt: asMonotonicMs(1000) },
  settings: parseSettings({ TRADING_ENABLED: 'true' }),
  account: { label, enabled: true, target, strategies: null },
  clientTarget: target,
  calendar: createCalendar('us_equities'),
  now: instant('2026-02-10T15:04:59Z'),
  monotonic: asMonotonicMs(6000),
}
const { decision } = permitted
const liveSettings = parseSettings({
  TRADING_ENABLED: 'true',
  TRADING_MODE: 'live',
  TRADING_LIVE_ENABLED: 'true',
})
const liveAccount = { label, enabled: true, target: live, strategies: null }
const asLive = { decision: { ...decision, brokerTarget: live }, account: liveAccount, clientTarget: live }

describe('the order firewall', () => {
  it('permits an order that nothing speaks against', () => {
    expect(checkPermission(permitted)).toBeNull()
    expect(checkPermission({ ...permitted, ...asLive, settings: liveSettings })).toBeNull()
  })

  const cases: readonly (readonly [string, Partial<PermissionInputs>, string])[] = [
    ['the kill switch is on', { killSwitch: { ...permitted.killSwitch, state: 'on' } }, 'kill_switch_on'],
    [
      'the kill switch is unreadable',
      { killSwitch: { ...permitted.killSwitch, state: 'unreadable' } },
      'kill_switch_unreadable',
    ],
    ['its reading is older than 5 s', { monotonic: asMonotonicMs(6001) }, 'kill_switch_unreadable'],
    ['trading is disabled', { settings: parseSettings({}) }, 'trading_disabled'],
    ['a live order meets paper settings', asLive, 'live_not_enabled'],
    [
      'live trading is not enabled',
      { ...asLive, settings: parseSettings({ TRADING_ENABLED: 'true', TRADING_MODE: 'live' }) },
      'live_not_enabled',
    ],
    ['the account is gone', { account: null }, 'account_disabled'],
    [
      'the account is disabled',
      { account: { label, enabled: false, target, strategies: null } },
      'account_disabled',
    ],
    ['crypto is disabled', { decision: { ...decision, symbol: 'BTC/USD' } }, 'crypto_trading_disabled'],
    [
      'live crypto is disabled',
      {
        ...asLive,
        decision: { ...decision, symbol: 'BTC/USD', brokerTarget: live },
        settings: { ...liveSettings, cryptoEnabled: true },
      },
      'crypto_live_trading_disabled',
    ],
    ['the signal is older than 300 s', { now: instant('2026-02-10T15:05:01Z') }, 'signal_too_old'],
    [
      'the session has closed',
      {
        decision: { ...decision, eventTs: instant('2026-02-10T20:59:00Z') },
        now: instant('2026-02-10T21:00:00Z'),
      },
      'session_closed',
    ],
    ['the account went live meanwhile', { account: liveAccount }, 'target_changed'],
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

/**
 * Flags and settings: documented defaults, precedence, every wrong value named, a kill switch that is on in doubt
 * (docs/architecture.md#flags).
 */
import { describe, expect, it } from 'vitest'
import { accountLabel } from '../../lib/domain/account-label.ts'
import { decimal } from '../../lib/domain/decimal.ts'
import { madeOnce } from '../../lib/domain/settings.ts'
import { checkFlag, killSwitchState, parseSettings } from '../../lib/flags/parse-settings.ts'
import { resolveFlags, resolveKillSwitch } from '../../lib/flags/resolve.ts'
import { violationsOf } from '../support/violations.ts'

const KILL = 'TRADING_KILL_SWITCH_ENABLED'

describe('settings', () => {
  it('has the documented defaults: nothing is traded until it is switched on', () => {
    expect(parseSettings({})).toEqual({
      runtimeMode: 'legacy',
      schedulerEnabled: false,
      fallbackLegacy: true,
      circuitErrors: 3,
      circuitCooldownSeconds: 300,
      pluginBudgetMs: 250,
      killSwitchCancel: 'own',
      tradingEnabled: false,
      mode: 'paper',
      liveEnabled: false,
      accountLabel: 'paper',
      multiAccountEnabled: false,
      maxNotionalPerTrade: null,
      maxPositionPctEquity: null,
      maxDailyLossPct: null,
      allowShorts: false,
      cryptoEnabled: false,
      cryptoLiveEnabled: false,
      cooldownSeconds: 0,
      maxOrdersPerCycle: 20,
      signalSource: 'ta',
      signalBatchSize: 500,
      signalMaxAgeSeconds: 300,
      signalStart: 'latest',
      staticSymbols: null,
      calendar: 'us_equities',
      orderFeedTopic: 'torghut.trade-updates.v1',
      orderFeedTopicV2: null,
      featureFlagsProvider: 'ssm',
      featureFlagsUrl: null,
      featureFlagsNamespace: 'default',
      featureFlagsTimeoutMs: 500,
      tickOnSignal: false,
      marketData: 'off',
      marketDataFeed: 'iex',
      marketDataAccount: 'paper',
      marketDataWarmUpBars: 100,
      metricsAccounts: [],
    })
  })

  it('reads values that are set, and ignores names of others', () => {
    const settings = parseSettings({
      PATH: '/usr/bin',
      TRADING_MAX_NOTIONAL_PER_TRADE: '2500.50',
      TRADING_STATIC_SYMBOLS: 'SPY, BRK.B,BTC/USD',
      TRADING_FEATURE_FLAGS_PROVIDER: 'ofrep',
      TRADING_FEATURE_FLAGS_URL: 'http://127.0.0.1:8080/',
      TRADING_MAX_DAILY_LOSS_PCT: 'none',
    })
    expect(settings.maxNotionalPerTrade).toBe(decimal('2500.5'))
    expect(settings.staticSymbols).toEqual(['SPY', 'BRK.B', 'BTC/USD'])
    expect(settings.featureFlagsUrl).toBe('http://127.0.0.1:8080')
    expect(settings.maxDailyLossPct).toBeNull()
  })

  it('reports a misspelt truth value instead of taking it for false', () => {
    expect(violationsOf(() => parseSettings({ TRADING_ENABLED: 'ture' }))).toEqual([
      { path: 'TRADING_ENABLED', found: '"ture"', allowed: 'true, false', didYouMean: 'true' },
    ])
  })

  it('reports everything that is wrong at once, sources included', () => {
    const values = {
      TRADING_STRATEGY_RUNTIME_MODE: 'plugin_v2',
      TRADING_COOLDOWN_SECONDS: '-1',
      TRADING_MAX_NOTIONAL_PER_TRADE: '0',
      TRADING_ENABLE: 'true',
    }
    const violations = violationsOf(() => parseSettings(values, (name) => `/torghut/dev/flags/${name}`))
    expect(violations).toMatchObject([
      { path: '/torghut/dev/flags/TRADING_ENABLE', didYouMean: 'TRADING_ENABLED' },
      { path: '/torghut/dev/flags/TRADING_STRATEGY_RUNTIME_MODE', didYouMean: 'plugin_v3' },
      { path: '/torghut/dev/flags/TRADING_MAX_NOTIONAL_PER_TRADE', found: '"0"' },
      { path: '/torghut/dev/flags/TRADING_COOLDOWN_SECONDS', found: '"-1"' },
    ])
  })

  it.each([
    ['TRADING_MODE', 'Paper'],
    ['TRADING_STRATEGY_RUNTIME_CIRCUIT_ERRORS', '0'],
    ['TRADING_STRATEGY_RUNTIME_CIRCUIT_ERRORS', '1.5'],
    ['TRADING_STRATEGY_RUNTIME_CIRCUIT_ERRORS', '0x10'],
    ['TRADING_ENABLED', ''],
    ['TRADING_ENABLED', 'TRUE'],
    ['TRADING_ENABLED', '1'],
    ['TRADING_MAX_POSITION_PCT_EQUITY', '20%'],
    ['TRADING_MAX_DAILY_LOSS_PCT', '5'],
    ['TRADING_ACCOUNT_LABEL', 'has space'],
    ['TRADING_STATIC_SYMBOLS', 'SPY,,IBM'],
    ['TRADING_FEATURE_FLAGS_URL', 'flipt:8080'],
    ['TRADING_SIGNAL_SOURCE', 'a#b'],
  ])('refuses %s=%j', (name, text) => {
    expect(violationsOf(() => parseSettings({ [name]: text }))).toMatchObject([{ path: name }])
    expect(checkFlag(name, text)).toMatchObject([{ path: name }])
  })

  it('refuses a calendar without sessions in live mode', () => {
    const values = { TRADING_CALENDAR: 'always', TRADING_MODE: 'live' }
    expect(violationsOf(() => parseSettings(values))).toMatchObject([{ path: 'TRADING_CALENDAR' }])
    expect(parseSettings({ TRADING_CALENDAR: 'always' }).calendar).toBe('always')
  })

  it('refuses the provider ofrep without a URL', () => {
    expect(violationsOf(() => parseSettings({ TRADING_FEATURE_FLAGS_PROVIDER: 'ofrep' }))).toMatchObject([
      { path: 'TRADING_FEATURE_FLAGS_URL' },
    ])
  })
})

describe('flags over environment over default', () => {
  it('lets the overlay win over the environment', () => {
    const environment = { TRADING_ENABLED: 'true', TRADING_SIGNAL_SOURCE: 'lab', HOME: '/root' }
    const resolved = resolveFlags(environment, { TRADING_ENABLED: 'false', 'features/some_key': 'true' })
    expect(resolved).toEqual({ TRADING_ENABLED: 'false', TRADING_SIGNAL_SOURCE: 'lab', [KILL]: 'true' })
    expect(parseSettings(resolved)).toMatchObject({ tradingEnabled: false, signalSource: 'lab' })
  })

  it('refuses overlay names that do not exist', () => {
    const overlay = { 'accounts/a/TRADING_KILL_SWITCH': 'true', trading_enabled: 'true' }
    expect(violationsOf(() => resolveFlags({}, overlay))).toMatchObject([
      { path: 'accounts/a/TRADING_KILL_SWITCH', didYouMean: KILL },
      { path: 'trading_enabled', didYouMean: 'TRADING_ENABLED' },
    ])
  })
})

describe('kill switch', () => {
  const account = accountLabel('a')

  it.each([
    ['true', 'on'],
    ['false', 'off'],
    ['False', 'unreadable'],
    ['ture', 'unreadable'],
    ['', 'unreadable'],
    [undefined, 'unreadable'],
  ])('reads %j as %s', (text, state) => {
    expect(killSwitchState(text)).toBe(state)
  })

  // environment, global, account
  it.each([
    [undefined, undefined, undefined, 'unreadable'],
    ['false', undefined, 'false', 'unreadable'],
    [undefined, 'false', undefined, 'off'],
    ['false', 'false', 'false', 'off'],
    ['true', 'false', 'false', 'on'],
    [undefined, 'true', 'false', 'on'],
    [undefined, 'false', 'true', 'on'],
    [undefined, 'false', 'ture', 'unreadable'],
    ['0', 'false', undefined, 'unreadable'],
    ['true', undefined, undefined, 'on'],
  ])('environment %j, global %j, account %j: %s', (environment, global, ofAccount, state) => {
    const overlay = { [KILL]: global, [`accounts/a/${KILL}`]: ofAccount, [`accounts/b/${KILL}`]: 'true' }
    expect(resolveKillSwitch({ [KILL]: environment }, overlay, account)).toBe(state)
  })

  it('counts a switch that cannot be read as on', () => {
    expect(resolveFlags({}, { [KILL]: 'ture' })[KILL]).toBe('true')
    expect(resolveFlags({}, {})[KILL]).toBe('true')
    expect(resolveFlags({}, { [KILL]: 'false' })[KILL]).toBe('false')
  })
})

describe('what is made of raw values', () => {
  const asked: string[] = []
  const texts = madeOnce((above, below) => {
    asked.push(`${above['A']} ${below['A']}`)
    if (above['A'] === 'bad') throw new Error('bad')
    return { text: above['A'] ?? below['A'] }
  })

  it('is made anew only when one of them differs, and never kept where it failed', () => {
    const first = texts({ A: '1' }, { A: '2' })
    expect(texts({ A: '1' }, { A: '2' })).toBe(first)
    expect(texts({ A: '1' }, { A: '3' })).toEqual({ text: '1' })
    expect(texts({}, { A: '3' })).toEqual({ text: '3' })
    expect(() => texts({ A: 'bad' }, {})).toThrow('bad')
    expect(() => texts({ A: 'bad' }, {})).toThrow('bad')
    expect(texts({}, { A: '3' })).toEqual({ text: '3' })
    expect(asked).toEqual(['1 2', '1 3', 'undefined 3', 'bad undefined', 'bad undefined'])
  })

  it('is made anew where values were changed in place', () => {
    const values: Record<string, string> = { A: '4' }
    texts(values, {})
    values['A'] = '5'
    expect(texts(values, {})).toEqual({ text: '5' })
  })
})

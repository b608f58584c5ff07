/** What `doctor` and `status` say of the deployment's own producer of bars (docs/market-data.md). */
import { describe, expect, it } from 'vitest'
import { accountLabel } from '../../lib/domain/account-label.ts'
import { formatInstant, plusSeconds } from '../../lib/domain/time.ts'
import { checkMarketData } from '../../lib/operations/doctor-market-data-checks.ts'
import { readFleet } from '../../lib/operations/deployment.ts'
import { readMarketData } from '../../lib/operations/market-data-status.ts'
import { catalogHash } from '../../lib/strategy/compile.ts'
import type { BarTrouble } from '../../lib/ports/bar-source.ts'
import { fakeStage, type FakeStage, NOW } from '../support/deployment-fixture.ts'
import { wants } from '../support/market-data-fixture.ts'

/** Reads the bars of AAPL and MSFT each minute; AAPL's last one ended a minute ago, MSFT has none. */
async function stageOf(more: Readonly<Record<string, string>> = {}, timeframe = '1Min'): Promise<FakeStage> {
  const stage = fakeStage()
  Object.assign(stage.flags, { TRADING_MARKET_DATA: 'alpaca', TRADING_SIGNAL_SOURCE: 'alpaca-iex', ...more })
  stage.credentials.set(accountLabel('paper'), 'KEY-1')
  const strategies = [wants(['AAPL', 'MSFT'], timeframe)]
  await stage.deployment.stores.catalog.apply({ hash: catalogHash(strategies), strategies })
  const eventTs = plusSeconds(NOW, -60)
  const identity = { source: 'alpaca-iex', symbol: 'AAPL', timeframe, eventTs, seq: eventTs / 1000 }
  await stage.deployment.stores.signals.append({ ...identity, ingestTs: eventTs, payload: { price: '100' } })
  return stage
}

async function found(stage: FakeStage): Promise<readonly string[]> {
  const { deployment } = stage
  const findings = await checkMarketData(await readFleet(deployment), deployment)
  return findings.map(({ level, message }) => `${level}: ${message}`)
}

describe('doctor', () => {
  it('says nothing of market data while it is off', async () => {
    expect(await found(await stageOf({ TRADING_MARKET_DATA: 'off' }))).toEqual([])
  })

  it('tells which series are fresh, which never had a bar, and that the key reads the feed', async () => {
    expect(await found(await stageOf())).toEqual([
      'ok: https://data.alpaca.markets gives bars of iex to the key of paper',
      'warn: no bar yet: MSFT 1Min',
    ])
  })

  it.each<[string, BarTrouble, string]>([
    [
      'a key that is refused',
      { kind: 'refused', status: 401, reason: 'unauthorized' },
      'fail: the key of paper is refused (401)',
    ],
    [
      'a plan without the feed',
      { kind: 'refused', status: 403, reason: 'subscription does not permit querying recent SIP data' },
      'fail: bars of sip are refused (403): subscription does not permit querying recent SIP data',
    ],
    ['too many requests', { kind: 'rate_limited' }, 'warn: bars: too many requests at present'],
    [
      'no answer',
      { kind: 'unavailable', reason: 'no answer in time' },
      'fail: bars cannot be read: no answer in time',
    ],
  ])('tells of %s', async (_what, trouble, expected) => {
    const stage = await stageOf({ TRADING_MARKET_DATA_FEED: 'sip', TRADING_SIGNAL_SOURCE: 'alpaca-sip' })
    stage.bars = {
      requests: 0,
      readBars: async () => ({ bars: [], unreadable: new Map(), trouble }),
      readSplits: async () => null,
    }
    expect(await found(stage)).toContain(expected)
  })

  it('tells of lanes that read another source, of what is not deployed, and of signals that will be too old', async () => {
    const stage = await stageOf({ TRADING_SIGNAL_SOURCE: 'ta' }, '1Day')
    const { infrastructure } = stage.deployment
    const nothing: FakeStage['deployment'] = {
      ...stage.deployment,
      infrastructure: {
        ...infrastructure,
        functionFlags: async (name) => (name === 'market-data' ? null : {}),
      },
    }
    const all = await found({ ...stage, deployment: nothing })
    expect(all).toContain('fail: TRADING_MARKET_DATA is on, and nothing is deployed that reads bars')
    expect(all).toContain('warn: bars go to alpaca-iex, and lanes read ta')
    expect(all).toContain(
      'warn: a bar of a day is stored with the next opening, when its signal is too old to be traded',
    )
  })
})

describe('status', () => {
  it('has the last bar of each series, and for how long bars are missing in the open session', async () => {
    const { deployment } = await stageOf()
    const { settings } = await readFleet(deployment)
    const status = await readMarketData(settings, deployment)
    expect(status?.source).toBe('alpaca-iex')
    // NOW is 10:30 in New York
    expect(
      status?.series.map((one) => [one.symbol, one.lastBar && formatInstant(one.lastBar), one.lagSeconds]),
    ).toEqual([
      ['AAPL', '2024-05-14T14:29:00Z', 60],
      ['MSFT', null, 3600],
    ])
  })

  it('has nothing of it while it is off', async () => {
    const { deployment } = await stageOf({ TRADING_MARKET_DATA: 'off' })
    const { settings } = await readFleet(deployment)
    expect(await readMarketData(settings, deployment)).toBeNull()
  })
})

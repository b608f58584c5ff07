/**
 * Readings of permission as a lane's runs make them (docs/architecture.md#order-firewall): one request per run with
 * orders, counted at the SDK's client, and none that outlives the invocation that began it.
 */
import { GetParametersCommand, SSMClient } from '@aws-sdk/client-ssm'
import { mockClient } from 'aws-sdk-client-mock'
import { beforeEach, describe, expect, it } from 'vitest'
import { ParameterFlagSource } from '../../lib/adapters/ssm/flag-source.ts'
import { asMonotonicMs } from '../../lib/domain/time.ts'
import { KILL_SWITCH } from '../../lib/flags/definitions.ts'
import { memoryStores } from '../../lib/adapters/memory/stores.ts'
import { LaneFixture } from '../support/lane-fixture.ts'
import { rosterText } from '../../lib/flags/account-entry.ts'
import { ALPHA, BETA, anAccount } from '../support/state-samples.ts'

const ssm = mockClient(SSMClient)
let lane: LaneFixture
let stored: Record<string, string>

beforeEach(() => {
  ssm.reset()
  ssm.on(GetParametersCommand).callsFake(({ Names }: { Names: readonly string[] }) => ({
    Parameters: Names.flatMap((Name) => {
      const Value = stored[Name.replace('/flags/', '')]
      return Value === undefined ? [] : [{ Name, Value, Version: 3 }]
    }),
  }))
  lane = new LaneFixture(memoryStores, (clock) => {
    const client = new SSMClient({ region: 'us-east-1' })
    const access = { kept: client, fresh: client, clock, pause: async () => {}, random: () => 0 }
    return { flags: new ParameterFlagSource(access, '/flags') }
  })
  stored = { ...lane.settings, [KILL_SWITCH]: 'false' }
})

describe('a run with several orders', () => {
  it('asks Parameter Store once, for ten names', async () => {
    for (const symbol of ['AAPL', 'MSFT', 'IBM']) await lane.signal(symbol)
    await lane.tick()
    expect(lane.exchange.submissions).toHaveLength(3)
    const asked = ssm.calls().map((call) => call.args[0].input)
    expect(asked).toHaveLength(1)
    const { Names } = asked[0] as { readonly Names: readonly string[] }
    expect(new Set(Names.map((name) => name.replace('/flags/', '')))).toEqual(
      new Set([
        'TRADING_KILL_SWITCH_ENABLED',
        'accounts/alpha/TRADING_KILL_SWITCH_ENABLED',
        'TRADING_ACCOUNTS_JSON',
        'TRADING_ENABLED',
        'TRADING_MODE',
        'TRADING_LIVE_ENABLED',
        'TRADING_CRYPTO_ENABLED',
        'TRADING_CRYPTO_LIVE_ENABLED',
        'TRADING_SIGNAL_MAX_AGE_SECONDS',
        'TRADING_CALENDAR',
      ]),
    )
  })

  it('asks anew for an order that comes more than 3 s later', async () => {
    for (const symbol of ['AAPL', 'MSFT']) await lane.signal(symbol)
    lane.beforeSubmit = () => lane.clock.advance(3001)
    await lane.tick()
    expect(lane.exchange.submissions).toHaveLength(2)
    expect(ssm.calls()).toHaveLength(2)
  })
})

describe('a reading', () => {
  it('is forgotten by the next invocation, though the monotonic clock stood still in between', async () => {
    lane.clock.monotonic = () => asMonotonicMs(0)
    await lane.signal('AAPL')
    await lane.tick()
    stored[KILL_SWITCH] = 'true'
    lane.clock.pass(30)
    await lane.signal('MSFT')
    lane.killSwitchInTick = false
    await lane.tick()
    expect(lane.exchange.submissions).toHaveLength(1)
    expect(ssm.calls()).toHaveLength(2)
  })

  it('is forgotten by the next invocation, though no clock has moved', async () => {
    await lane.signal('AAPL')
    await lane.tick()
    stored[KILL_SWITCH] = 'true'
    await lane.signal('MSFT')
    lane.killSwitchInTick = false
    await lane.tick()
    expect(lane.exchange.submissions).toHaveLength(1)
  })

  it('is not asked for where the tick says that the switch is on', async () => {
    await lane.signal('AAPL')
    lane.failNextOrder('429')
    await lane.tick()
    lane.clock.pass(60)
    lane.killSwitchInTick = true
    const sent = lane.exchange.submissions.length
    const asked = ssm.calls().length
    await lane.tick()
    expect(lane.exchange.submissions).toHaveLength(sent)
    expect(ssm.calls()).toHaveLength(asked)
  })
})

describe('an account of a roster', () => {
  const { target } = anAccount()
  const entry = { label: ALPHA, mode: target.mode, baseUrl: target.baseUrl, enabled: true, strategies: null }

  it('is permitted by its entry in the revision that the reading names', async () => {
    const revision = await lane.stores.roster.write([entry], () => {})
    stored['TRADING_ACCOUNTS_JSON'] = rosterText(revision)
    await lane.signal('AAPL')
    await lane.tick()
    expect(lane.exchange.submissions).toHaveLength(1)
    const without = await lane.stores.roster.write([{ ...entry, enabled: false }], () => {})
    stored['TRADING_ACCOUNTS_JSON'] = rosterText(without)
    await lane.signal('MSFT')
    await lane.tick()
    expect(lane.exchange.submissions).toHaveLength(1)
  })

  it.each([
    ['no account at all', []],
    ['another account alone', [{ ...entry, label: BETA }]],
    ['another target for it', [{ ...entry, baseUrl: 'http://127.0.0.1:4999' }]],
    ['it disabled', [{ ...entry, enabled: false }]],
  ])('orders nothing where the revision has %s', async (_name, entries) => {
    stored['TRADING_ACCOUNTS_JSON'] = rosterText(await lane.stores.roster.write(entries, () => {}))
    await lane.signal('AAPL')
    await lane.tick()
    expect(lane.exchange.submissions).toHaveLength(0)
  })
})

/**
 * The multi-account gate's providers (docs/architecture.md#multi-account-gate). `ofrep` is asked over HTTP, of Flipt's own
 * evaluation engine behind a small OFREP server in this process. With TORGHUT_TEST_OFREP_URL the same expectations are
 * put to another server, a Flipt for example, that was given test/support/flipt/features.yaml.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openFeatureServices } from '../../lib/adapters/openfeature/flag-services.ts'
import { ParameterProvider } from '../../lib/adapters/openfeature/parameter-provider.ts'
import { resolveFleet } from '../../lib/flags/fleet.ts'
import { admitAccounts } from '../../lib/lanes/admit-accounts.ts'
import { MULTI_ACCOUNT_FEATURE } from '../../lib/lanes/admission.ts'
import type { FeatureFlagSettings } from '../../lib/ports/feature-flags.ts'
import { flagSource } from '../support/flag-readings.ts'
import { OfrepServer } from '../support/flipt/ofrep-server.ts'
import { HandClock } from '../support/hand-clock.ts'
import { CountingTelemetry } from '../support/telemetry.ts'

/** The longest that can be set: for answers that are expected to come, and waited for without end here. */
const PATIENT_MS = 10_000

const OTHER_SERVER = process.env['TORGHUT_TEST_OFREP_URL']
const parameters = new ParameterProvider(
  flagSource(new HandClock('2026-02-10T15:00:00Z'), () => ({})),
  0,
)
let domains = 0
let server: OfrepServer

const many = (count: number) => Array.from({ length: count }, (_, index) => `account-${index}`)

beforeEach(async () => {
  server = await OfrepServer.listen()
  const timeout = AbortSignal.timeout.bind(AbortSignal)
  vi.spyOn(AbortSignal, 'timeout').mockImplementation((limitMs) =>
    limitMs === PATIENT_MS ? new AbortController().signal : timeout(limitMs),
  )
})
afterEach(async () => {
  vi.restoreAllMocks()
  await server.close()
})

function services() {
  domains += 1
  return openFeatureServices(`features-${domains}`, parameters)
}

function ofrep(baseUrl: string, namespace = 'trading', timeoutMs = PATIENT_MS): FeatureFlagSettings {
  return {
    featureFlagsProvider: 'ofrep',
    featureFlagsUrl: baseUrl,
    featureFlagsNamespace: namespace,
    featureFlagsTimeoutMs: timeoutMs,
  }
}

/** Admits a fleet of `paper`, which is the system's own, and of further accounts. */
async function admitted(labels: readonly string[], timeoutMs = PATIENT_MS) {
  const telemetry = new CountingTelemetry()
  const fleet = resolveFleet(
    {},
    {
      TRADING_MULTI_ACCOUNT_ENABLED: 'true',
      TRADING_ACCOUNTS_JSON: JSON.stringify(['paper', ...labels].map((label) => ({ label }))),
      TRADING_FEATURE_FLAGS_PROVIDER: 'ofrep',
      TRADING_FEATURE_FLAGS_URL: `${server.baseUrl}/`,
      TRADING_FEATURE_FLAGS_NAMESPACE: 'trading',
      TRADING_FEATURE_FLAGS_TIMEOUT_MS: String(timeoutMs),
    },
  )
  const admissions = await admitAccounts(fleet, { features: services(), telemetry })
  return {
    labels: admissions.flatMap((one) => (one.kind === 'admitted' ? [one.account.label] : [])),
    reasons: new Set(admissions.flatMap((one) => (one.kind === 'held' ? [one.reason] : []))),
    unreadable: telemetry.total('feature_flags_unreadable_total'),
  }
}

describe.each([
  ["Flipt's engine behind an OFREP server", () => server.baseUrl],
  ...(OTHER_SERVER === undefined
    ? []
    : [['the server at TORGHUT_TEST_OFREP_URL', () => OTHER_SERVER] as const]),
] as const)('ofrep, asking %s', (_name, baseUrl) => {
  it('admits the entities of the segment that the flag is rolled out to, and no other', async () => {
    const flags = await services().open(ofrep(baseUrl()))
    expect(await flags.read(MULTI_ACCOUNT_FEATURE, 'torghut:alpha')).toEqual({ kind: 'on' })
    expect(await flags.read(MULTI_ACCOUNT_FEATURE, 'torghut:gamma')).toEqual({ kind: 'on' })
    expect(await flags.read(MULTI_ACCOUNT_FEATURE, 'torghut:beta')).toEqual({ kind: 'off' })
    expect(await flags.read(MULTI_ACCOUNT_FEATURE, 'alpha')).toEqual({ kind: 'off' })
  })

  it('asks in the namespace that is configured', async () => {
    const flags = await services().open(ofrep(baseUrl(), 'default'))
    expect(await flags.read(MULTI_ACCOUNT_FEATURE, 'torghut:alpha')).toEqual({ kind: 'off' })
  })

  it('takes a flag that nobody has created for off', async () => {
    const flags = await services().open(ofrep(baseUrl()))
    expect(await flags.read('no_such_flag', 'torghut:alpha')).toEqual({ kind: 'off' })
  })
})

describe('a service that fails admits nobody new, counts it, and costs a bounded time', () => {
  it.each(['hung', 'stuck', 'page', 'failing', 'rate_limited', 'unauthorized'] as const)(
    '%s',
    async (fault) => {
      server.fault = fault
      const limits = vi.spyOn(AbortSignal, 'timeout')
      const result = await admitted(many(500), 300)
      expect(result).toMatchObject({ labels: ['paper'], unreadable: 500 })
      expect(result.reasons).toEqual(new Set(['feature_unreadable']))
      // each round of fifty ends with the timeout, and the second one is the last
      expect(server.requests).toBeLessThanOrEqual(100)
      expect(new Set(limits.mock.calls.flat())).toEqual(new Set([300]))
    },
  )

  it('down', async () => {
    const { baseUrl } = server
    await server.close()
    const flags = await services().open(ofrep(baseUrl))
    expect(await flags.read(MULTI_ACCOUNT_FEATURE, 'torghut:alpha')).toMatchObject({ kind: 'unreadable' })
    // for those after it, and not before: it might get the same port
    server = await OfrepServer.listen()
  })

  it('leaves a service that asked for a pause alone with the next tick, too', async () => {
    server.fault = 'rate_limited'
    const kept = services()
    const read = async () =>
      (await kept.open(ofrep(server.baseUrl))).read(MULTI_ACCOUNT_FEATURE, 'torghut:alpha')
    expect(await read()).toMatchObject({ kind: 'unreadable' })
    server.fault = null
    expect(await read()).toMatchObject({ kind: 'unreadable' })
    expect(server.requests).toBe(1)
  })

  it('is asked again as soon as it answers', async () => {
    server.fault = 'failing'
    expect((await admitted(['account-1', 'beta'])).labels).toEqual(['paper'])
    server.fault = null
    expect(await admitted(['account-1', 'beta'])).toMatchObject({
      labels: ['paper', 'account-1'],
      unreadable: 0,
    })
  })
})

describe('a large fleet', () => {
  it('of 500 accounts is evaluated in ten rounds of fifty: within two seconds, if an answer takes 200 ms', async () => {
    server.together = 50
    const others = many(5).map((label) => `other-${label}`)
    const { labels } = await admitted([...many(495), ...others])
    expect(labels).toEqual(['paper', ...many(495)])
    expect([server.requests, server.rounds, server.mostAtOnce]).toEqual([500, 10, 50])
  })
})

describe('the settings', () => {
  it('change from one service to the other without a restart', async () => {
    const kept = services()
    const entity = 'torghut:alpha'
    const ssm = { ...ofrep(server.baseUrl), featureFlagsProvider: 'ssm' as const }
    const read = async (settings: FeatureFlagSettings) =>
      (await (await kept.open(settings)).read(MULTI_ACCOUNT_FEATURE, entity)).kind
    expect([await read(ssm), await read(ofrep(server.baseUrl)), await read(ssm)]).toEqual([
      'off',
      'on',
      'off',
    ])
  })
})

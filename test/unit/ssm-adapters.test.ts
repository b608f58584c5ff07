/**
 * Parameter Store as the adapters ask it: flags, kill switch and credentials, their ages, and what its failures
 * mean.
 */
import {
  GetParameterCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  ParameterNotFound,
  SSMClient,
} from '@aws-sdk/client-ssm'
import { mockClient } from 'aws-sdk-client-mock'
import { beforeEach, describe, expect, it } from 'vitest'
import { readCredentials } from '../../lib/adapters/ssm/credentials.ts'
import { ParameterFlagSource } from '../../lib/adapters/ssm/flag-source.ts'
import { ParameterKillSwitch } from '../../lib/adapters/ssm/kill-switch.ts'
import { accountLabel } from '../../lib/domain/account-label.ts'
import { ConfigurationError, TorghutError, UnavailableError } from '../../lib/domain/errors.ts'
import { asEpochMs, asMonotonicMs } from '../../lib/domain/time.ts'
import { silentTelemetry } from '../support/telemetry.ts'

const ssm = mockClient(SSMClient)
const client = new SSMClient({ region: 'us-east-1' })
const path = '/torghut/test/flags'
const alpha = accountLabel('alpha')

let monotonic = 0
const clock = { now: () => asEpochMs(0), monotonic: () => asMonotonicMs(monotonic) }
const pause = () => Promise.resolve()

beforeEach(() => {
  ssm.reset()
  monotonic = 0
})

describe('flags in Parameter Store', () => {
  const source = () => new ParameterFlagSource({ ssm: client, path, clock, pause })

  it('reads every page and drops the path', async () => {
    ssm
      .on(GetParametersByPathCommand, { NextToken: undefined })
      .resolves({ Parameters: [{ Name: `${path}/TRADING_ENABLED`, Value: 'true' }], NextToken: 'more' })
      .on(GetParametersByPathCommand, { NextToken: 'more' })
      .resolves({ Parameters: [{ Name: `${path}/features/multi`, Value: 'torghut:alpha' }] })
    const { values } = await source().read(0)
    expect(values).toEqual({ TRADING_ENABLED: 'true', 'features/multi': 'torghut:alpha' })
  })

  it('keeps a reading as long as the caller allows, from the moment it began', async () => {
    ssm.on(GetParametersByPathCommand).callsFake(() => {
      monotonic += 400
      return { Parameters: [] }
    })
    const flags = source()
    await flags.read(1000)
    monotonic = 1000
    expect((await flags.read(1000)).readAt).toBe(0)
    monotonic = 1001
    expect((await flags.read(1000)).readAt).toBe(1001)
  })

  it('tries once more under throttling, then says that it is unavailable', async () => {
    ssm
      .on(GetParametersByPathCommand)
      .rejectsOnce(new Error('ThrottlingException'))
      .resolves({ Parameters: [] })
    await expect(source().read(0)).resolves.toMatchObject({ values: {} })
    ssm.reset()
    ssm.on(GetParametersByPathCommand).rejects(new Error('ThrottlingException'))
    await expect(source().read(0)).rejects.toBeInstanceOf(UnavailableError)
    expect(ssm.calls()).toHaveLength(2)
  })
})

describe('the kill switch in Parameter Store', () => {
  const killSwitch = (environment = {}) =>
    new ParameterKillSwitch({ ssm: client, path, environment, clock, telemetry: silentTelemetry })
  const global = (Value: string) => ({ Name: `${path}/TRADING_KILL_SWITCH_ENABLED`, Value, Version: 4 })
  const own = (Value: string) => ({
    Name: `${path}/accounts/alpha/TRADING_KILL_SWITCH_ENABLED`,
    Value,
    Version: 2,
  })

  it.each([
    ['off when the global parameter says so and nobody objects', [global('false')], {}, 'off'],
    ['on by the global parameter', [global('true')], {}, 'on'],
    ['on by the account parameter', [global('false'), own('true')], {}, 'on'],
    ['on by the environment', [global('false')], { TRADING_KILL_SWITCH_ENABLED: 'true' }, 'on'],
    ['unreadable without the global parameter', [own('false')], {}, 'unreadable'],
    ['unreadable when a value is not exactly true or false', [global('fasle')], {}, 'unreadable'],
  ] as const)('is %s', async (_name, parameters, environment, state) => {
    ssm.on(GetParametersCommand).resolves({ Parameters: [...parameters] })
    expect(await killSwitch(environment).read(alpha)).toMatchObject({ state })
  })

  it('is unreadable when Parameter Store fails', async () => {
    ssm.on(GetParametersCommand).rejects(new Error('no route'))
    expect(await killSwitch().read(alpha)).toMatchObject({ state: 'unreadable' })
  })

  it('keeps a reading for 3 s and names the versions it read', async () => {
    ssm.on(GetParametersCommand).resolves({ Parameters: [global('false'), own('false')] })
    const port = killSwitch()
    expect(await port.read(alpha)).toEqual({ state: 'off', version: '4/2', readAt: 0 })
    monotonic = 3000
    await port.read(alpha)
    expect(ssm.calls()).toHaveLength(1)
    monotonic = 3001
    expect((await port.read(alpha)).readAt).toBe(3001)
  })
})

describe('credentials in Parameter Store', () => {
  const canary = 'CANARY-5f2b'

  it('reads key and secret', async () => {
    ssm.on(GetParameterCommand).resolves({ Parameter: { Value: '{"key_id":"K","secret_key":"S"}' } })
    expect(await readCredentials(client, '/torghut-credentials/test', alpha)).toEqual({
      keyId: 'K',
      secret: 'S',
    })
    expect(ssm.calls()[0]?.args[0].input).toEqual({
      Name: '/torghut-credentials/test/alpha',
      WithDecryption: true,
    })
  })

  it.each([`{"key_id":"${canary}"`, `{"key_id":"${canary}","secret":"${canary}"}`, `"${canary}"`])(
    'refuses malformed ones without repeating them (%#)',
    async (Value) => {
      ssm.on(GetParameterCommand).resolves({ Parameter: { Value } })
      const error: unknown = await readCredentials(client, '/torghut-credentials/test', alpha).catch(
        (caught: unknown) => caught,
      )
      expect(error).toBeInstanceOf(ConfigurationError)
      const { message, stack, advice, cause } = error as TorghutError
      expect(JSON.stringify([message, stack, advice, String(cause)])).not.toContain(canary)
    },
  )

  it('says how to store missing ones', async () => {
    ssm.on(GetParameterCommand).rejects(new ParameterNotFound({ message: 'none', $metadata: {} }))
    await expect(readCredentials(client, '/torghut-credentials/test', alpha)).rejects.toMatchObject({
      name: 'ConfigurationError',
      advice: expect.stringContaining('put-credentials alpha') as string,
    })
  })
})

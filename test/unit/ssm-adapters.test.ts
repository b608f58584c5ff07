/** Parameter Store as the adapters ask it: flags and credentials, their ages, and what its failures mean. */
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
import type { ParameterAccess } from '../../lib/adapters/ssm/retry.ts'
import { accountLabel } from '../../lib/domain/account-label.ts'
import { ConfigurationError, TorghutError, UnavailableError } from '../../lib/domain/errors.ts'
import { asEpochMs, asMonotonicMs, type Moment } from '../../lib/domain/time.ts'

const ssm = mockClient(SSMClient)
const client = new SSMClient({ region: 'us-east-1' })
const path = '/torghut/test/flags'
const alpha = accountLabel('alpha')

let monotonic = 0
/** May go on while the monotonic clock stands still, as in a frozen process, or jump back. */
let wall = 0
let pauses: number[] = []
const clock = { now: () => asEpochMs(wall), monotonic: () => asMonotonicMs(monotonic) }
const access: ParameterAccess = {
  kept: client,
  fresh: client,
  clock,
  pause: async (milliseconds) => {
    pauses.push(milliseconds)
    pass(milliseconds)
  },
  random: () => 0.5,
}
const throttled = Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException', $fault: 'client' })

function pass(milliseconds: number): void {
  monotonic += milliseconds
  wall += milliseconds
}

function moment(milliseconds: number): Moment {
  return { wall: asEpochMs(milliseconds), monotonic: asMonotonicMs(milliseconds) }
}

beforeEach(() => {
  ssm.reset()
  monotonic = 0
  wall = 0
  pauses = []
})

describe('flags in Parameter Store', () => {
  const source = () => new ParameterFlagSource(access, path)

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
      pass(400)
      return { Parameters: [] }
    })
    const flags = source()
    await flags.read(1000)
    pass(600)
    expect((await flags.read(1000)).readAt).toEqual(moment(0))
    pass(1)
    expect((await flags.read(1000)).readAt).toEqual(moment(1001))
  })

  it.each([
    ['while the process stood still, its monotonic clock too', 1001],
    ['over a wall clock that went back', -1],
  ])('does not keep a reading %s', async (_name, jump) => {
    ssm.on(GetParametersByPathCommand).resolves({ Parameters: [] })
    const flags = source()
    await flags.read(1000)
    wall += jump
    await flags.read(1000)
    expect(ssm.calls()).toHaveLength(2)
  })

  it('reads those of some names in one request, with their versions', async () => {
    const Name = `${path}/accounts/alpha/TRADING_KILL_SWITCH_ENABLED`
    ssm.on(GetParametersCommand).resolves({ Parameters: [{ Name, Value: 'true', Version: 4 }] })
    const key = 'accounts/alpha/TRADING_KILL_SWITCH_ENABLED'
    expect(await source().readNamed(['TRADING_ENABLED', key])).toEqual({
      values: { [key]: 'true' },
      versions: { [key]: '4' },
      readAt: moment(0),
    })
    expect(ssm.calls().map((call) => call.args[0].input)).toEqual([
      { Names: [`${path}/TRADING_ENABLED`, Name] },
    ])
  })
})

describe('a request to Parameter Store that fails', () => {
  const read = () => new ParameterFlagSource(access, path).readNamed(['TRADING_ENABLED'])

  it('is tried once more, and what is read is as old as the attempt that answered', async () => {
    let attempts = 0
    ssm.on(GetParametersCommand).callsFake(() => {
      attempts += 1
      pass(1200)
      if (attempts === 1) throw Object.assign(new Error('timed out'), { name: 'TimeoutError' })
      return { Parameters: [] }
    })
    expect((await read()).readAt).toEqual(moment(1250))
    expect(pauses).toEqual([50])
  })

  it('is unavailable after two attempts without an answer', async () => {
    ssm.on(GetParametersCommand).rejects(Object.assign(new Error('reset'), { code: 'ECONNRESET' }))
    await expect(read()).rejects.toBeInstanceOf(UnavailableError)
    expect(ssm.calls()).toHaveLength(2)
  })

  it('is not repeated when it was refused', async () => {
    const refused = Object.assign(new Error('no'), { name: 'AccessDeniedException', $fault: 'client' })
    ssm.on(GetParametersCommand).rejects(refused)
    await expect(read()).rejects.toBeInstanceOf(UnavailableError)
    expect(ssm.calls()).toHaveLength(1)
  })

  it('is repeated with growing pauses for 10 s while it is throttled', async () => {
    ssm.on(GetParametersCommand).rejects(throttled)
    await expect(read()).rejects.toBeInstanceOf(UnavailableError)
    expect(pauses.slice(0, 6)).toEqual([150, 250, 450, 850, 850, 850])
    expect(wall).toBeGreaterThanOrEqual(10_000)
    expect(wall).toBeLessThan(11_000)
  })
})

describe('credentials in Parameter Store', () => {
  const canary = 'CANARY-5f2b'

  it('reads key and secret', async () => {
    ssm.on(GetParameterCommand).resolves({ Parameter: { Value: '{"key_id":"K","secret_key":"S"}' } })
    expect(await readCredentials(access, '/torghut-credentials/test', alpha)).toEqual({
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
      const error: unknown = await readCredentials(access, '/torghut-credentials/test', alpha).catch(
        (caught: unknown) => caught,
      )
      expect(error).toBeInstanceOf(ConfigurationError)
      const { message, stack, advice, cause } = error as TorghutError
      expect(JSON.stringify([message, stack, advice, String(cause)])).not.toContain(canary)
    },
  )

  it('says how to store missing ones', async () => {
    ssm.on(GetParameterCommand).rejects(new ParameterNotFound({ message: 'none', $metadata: {} }))
    await expect(readCredentials(access, '/torghut-credentials/test', alpha)).rejects.toMatchObject({
      name: 'ConfigurationError',
      advice: expect.stringContaining('put-credentials alpha') as string,
    })
  })
})

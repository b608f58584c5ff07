/** The dispatcher's heartbeat: written before anything can fail, whatever becomes of the tick. */
import { GetParametersByPathCommand, SSMClient } from '@aws-sdk/client-ssm'
import type { Context } from 'aws-lambda'
import { mockClient } from 'aws-sdk-client-mock'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { functionSurroundings } from '../../bench/function-surroundings.ts'

const ssm = mockClient(SSMClient)
const written: Record<string, unknown>[] = []

beforeEach(() => {
  const surroundings = {
    ...functionSurroundings('dispatch'),
    POWERTOOLS_DEV: 'true',
    POWERTOOLS_METRICS_DISABLED: 'false',
  }
  for (const [name, value] of Object.entries(surroundings)) vi.stubEnv(name, value)
  written.length = 0
  const keep = (line: unknown): void => {
    if (typeof line === 'string' && line.startsWith('{'))
      written.push(JSON.parse(line) as Record<string, unknown>)
  }
  for (const level of ['log', 'info', 'warn', 'error'] as const) {
    vi.spyOn(console, level).mockImplementation(keep)
  }
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  vi.resetModules()
})

async function tick(event: object): Promise<unknown> {
  const { handler } = await import('../../functions/dispatch.ts')
  const context = { functionName: 'dispatch', getRemainingTimeInMillis: () => 30_000 } as Context
  return (handler as unknown as (tick: object, context: Context) => Promise<unknown>)(event, context)
}

const beats = () => written.filter((record) => 'dispatch_ticks_total' in record)

describe('the heartbeat', () => {
  it('is counted for a tick that cannot be read', async () => {
    await expect(tick({})).rejects.toThrow(/instant|undefined/)
    expect(beats()).toMatchObject([{ dispatch_ticks_total: 1, service: 'dispatch', stage: 'dev' }])
  })

  it('is written before Parameter Store is asked, once, by itself', async () => {
    let beforeAsking = -1
    ssm.on(GetParametersByPathCommand).callsFake(() => {
      beforeAsking = beats().length
      throw Object.assign(new Error('no access'), { name: 'AccessDeniedException', $fault: 'client' })
    })
    await expect(tick({ time: '2026-02-10T15:01:00Z' })).rejects.toThrow(/Parameter Store|no access/)
    expect(beforeAsking).toBe(1)
    expect(beats()).toHaveLength(1)
    expect(beats()[0]).not.toHaveProperty('dispatch_failed_total')
  })
})

/**
 * The deployed dispatcher's handler: a heartbeat that is written before anything can fail, a zero where signals are
 * due, and a trading window that binds the schedule but no operator.
 */
import { DynamoDBClient, GetItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb'
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs'
import { GetParametersByPathCommand, SSMClient } from '@aws-sdk/client-ssm'
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb'
import type { Context } from 'aws-lambda'
import { mockClient } from 'aws-sdk-client-mock'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { functionSurroundings } from '../../bench/function-surroundings.ts'
import { currentRevisionItem } from '../../lib/adapters/dynamodb/strategy-catalog.ts'
import { OPERATOR_SOURCE, SIGNALS_SOURCE } from '../../lib/domain/deployment-parts.ts'
import { asCatalogHash } from '../../lib/domain/ids.ts'

const ssm = mockClient(SSMClient)
const dynamo = mockClient(DynamoDBClient)
const sqs = mockClient(SQSClient)
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

describe('a tick that is dispatched', () => {
  beforeEach(() => {
    for (const client of [ssm, dynamo, sqs]) client.reset()
    ssm.on(GetParametersByPathCommand).resolves({ Parameters: [] })
    const catalog = currentRevisionItem.encode({ hash: asCatalogHash('c'.repeat(64)) })
    dynamo.on(GetItemCommand).resolves({ Item: marshall(catalog) })
    dynamo.on(QueryCommand).resolves({ Items: [] })
    sqs.on(SendMessageBatchCommand).resolves({})
    vi.stubEnv('TORGHUT_TRADING_WINDOW', 'cron(* 9-16 ? * MON-FRI *)')
    vi.stubEnv('TORGHUT_TIME_ZONE', 'America/New_York')
  })
  const zeros = () => written.filter((record) => 'ingest_signals_total' in record)

  it('counts a zero for ingest while the exchange is open', async () => {
    expect(await tick({ time: '2026-02-10T15:01:00Z' })).toMatchObject({ cycles: ['paper'] })
    expect(zeros()).toMatchObject([{ ingest_signals_total: 0, service: 'ingest', stage: 'dev' }])
  })

  it('counts none on a holiday, though it is in the window', async () => {
    expect(await tick({ time: '2026-02-16T15:01:00Z' })).toMatchObject({ cycles: ['paper'] })
    expect(zeros()).toEqual([])
  })

  it('is no heartbeat when signals were appended, and notes what waits', async () => {
    ssm.on(GetParametersByPathCommand).resolves({
      Parameters: [{ Name: '/torghut/dev/flags/TRADING_TICK_ON_SIGNAL', Value: 'true' }],
    })
    dynamo.on(PutItemCommand).resolves({})
    const detail = { source: 'ta', position: 7, by: 'ingest' }
    const event = { time: '2026-02-10T15:01:42Z', source: SIGNALS_SOURCE, detail }
    expect(await tick(event)).toMatchObject({ cycles: ['paper'] })
    expect(beats()).toEqual([])
    expect(zeros()).toEqual([])
    expect(written.filter((one) => 'dispatch_signal_ticks_total' in one)).toHaveLength(1)
    const [put] = dynamo.commandCalls(PutItemCommand)
    expect(unmarshall(put?.args[0].input.Item ?? {})).toMatchObject({
      pk: 'waiting_tick#paper',
      sk: 'ta',
      position: 7,
      waits: true,
    })
    await expect(tick({ ...event, detail: { source: 'ta' } })).rejects.toThrow(/detail/)
  })

  it('runs no lane on a Saturday, unless an operator asks', async () => {
    const time = '2026-02-14T15:01:00Z'
    expect(await tick({ time, source: 'aws.scheduler' })).toMatchObject({ cycles: [] })
    expect(await tick({ time, source: OPERATOR_SOURCE })).toMatchObject({ cycles: ['paper'] })
    expect(beats()).toHaveLength(2)
  })
})

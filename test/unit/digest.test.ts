/**
 * The digest of fills and rejections: what the log is told of an order, what is made of it, and that a topic that takes
 * nothing costs a message, is counted, and is tried again for the same hours.
 */
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import type { Context } from 'aws-lambda'
import { mockClient } from 'aws-sdk-client-mock'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { functionSurroundings } from '../../bench/function-surroundings.ts'
import { decimal } from '../../lib/domain/decimal.ts'
import { UnavailableError } from '../../lib/domain/errors.ts'
import type { Execution } from '../../lib/domain/execution.ts'
import { instant } from '../../lib/domain/time.ts'
import { digestOf } from '../../lib/orders/outcomes/digest.ts'
import { sendDigest } from '../../lib/orders/outcomes/send-digest.ts'
import { tellOfOutcome } from '../../lib/orders/outcomes/tell-of-outcome.ts'
import type { LogLine } from '../../lib/ports/log-reader.ts'
import { anExecution } from '../support/state-samples.ts'
import { CountingTelemetry } from '../support/telemetry.ts'

const FROM = instant('2026-02-10T14:00:00Z')
const TO = instant('2026-02-10T15:00:00Z')

function line(at: string, fields: object, from: LogLine['function'] = 'lane'): LogLine {
  return { id: at, at: instant(`2026-02-10T${at}Z`), function: from, text: JSON.stringify(fields) }
}

function filled(at: string, account: string, clientOrderId: string, more: object = {}): LogLine {
  const order = { account, clientOrderId, side: 'buy', quantity: '10', symbol: 'AAPL' }
  const fields = { message: 'an order was filled', ...order, filled: '10', price: '190.02', ...more }
  return line(at, fields, 'order-feed')
}

function rejected(at: string, account: string, clientOrderId: string, rejection: string): LogLine {
  const order = { account, clientOrderId, side: 'sell', quantity: '5', symbol: 'BRK.B' }
  return line(at, { message: 'the broker rejected an order', ...order, rejection })
}

describe('what the log is told of an order', () => {
  const open = anExecution({ state: 'accepted' })
  const told = (before: Execution, after: Execution) => {
    const telemetry = new CountingTelemetry()
    tellOfOutcome(before, after, telemetry)
    return telemetry
  }
  const part = { filledQuantity: decimal('4'), averageFillPrice: decimal('101.5') }

  it('is how much of it was filled, once it is final', () => {
    expect(told(open, { ...open, ...part, state: 'partially_filled' }).records).toEqual([])
    const { accountLabel: account, clientOrderId, symbol, side } = open
    const order = { account, clientOrderId, symbol, side, quantity: '10' }
    expect(told(open, { ...open, ...part, state: 'canceled' }).records).toEqual([
      ['info', 'an order was filled', { ...order, filled: '4', price: '101.5' }],
    ])
  })

  it('is nothing when nothing was filled, nor twice, but again when the broker corrects it', () => {
    const ended: Execution = { ...open, ...part, state: 'canceled' }
    expect(told(open, { ...open, state: 'canceled' }).records).toEqual([])
    expect(told(ended, { ...ended, revision: 9 }).records).toEqual([])
    expect(told(ended, { ...ended, filledQuantity: decimal('3') }).records).toMatchObject([
      ['info', 'an order was filled', { filled: '3' }],
    ])
  })

  it("is the broker's refusal, counted once", () => {
    const refused: Execution = { ...open, state: 'rejected', rejection: '{"message":"no"}' }
    const { records, counted } = told(open, refused)
    expect(records).toMatchObject([
      ['warn', 'the broker rejected an order', { symbol: open.symbol, rejection: '{"message":"no"}' }],
    ])
    expect(counted).toEqual([['orders_rejected_total', 1, { account: open.accountLabel }]])
    expect(told(refused, refused)).toMatchObject({ records: [], counted: [] })
  })
})

describe('a digest', () => {
  const digest = (...lines: readonly LogLine[]) => digestOf(lines, { from: FROM, to: TO }, 'dev')

  it('counts and lists by account, in the order of time', () => {
    const found = digest(
      filled('14:31:00', 'paper', 'tg-2', { filled: '4' }),
      rejected('14:40:00', 'beta', 'tg-3', '{"message":"not\nenough"}'),
      filled('14:30:00', 'paper', 'tg-1'),
    )
    expect(found).toEqual({
      subject: 'torghut dev: 2 filled, 1 rejected',
      text: [
        'Orders of stage dev that were filled or rejected from 2026-02-10T14:00:00Z to 2026-02-10T15:00:00Z',
        '',
        'beta: 0 filled, 1 rejected',
        '  2026-02-10T14:40:00Z sell 5 BRK.B rejected: {"message":"not enough"}',
        '',
        'paper: 2 filled, 0 rejected',
        '  2026-02-10T14:30:00Z buy 10 of 10 AAPL at 190.02',
        '  2026-02-10T14:31:00Z buy 4 of 10 AAPL at 190.02',
        '',
        'Each with its reason: torghut decisions --account LABEL --stage dev',
      ].join('\n'),
    })
  })

  it('is none when nothing was filled or rejected in its hours', () => {
    const others = [line('14:20:00', { message: 'tick dispatched' }), line('14:21:00', [])]
    const outside = [filled('13:59:59', 'paper', 'tg-1'), filled('15:00:00', 'paper', 'tg-2')]
    expect(digest(...others, ...outside, { ...others[0], text: 'START' } as LogLine)).toBeNull()
  })

  it('tells an order once, as it was told last', () => {
    const found = digest(
      filled('14:30:00', 'paper', 'tg-1'),
      filled('14:35:00', 'paper', 'tg-1', { filled: '9' }),
    )
    expect(found?.subject).toBe('torghut dev: 1 filled, 0 rejected')
    expect(found?.text).toContain('buy 9 of 10')
    expect(found?.text).not.toContain('buy 10 of 10')
  })

  it('names no field but those of the order', () => {
    const found = digest(filled('14:30:00', 'paper', 'tg-1', { secret: 'CANARY', keyId: 'CANARY' }))
    expect(found?.text).not.toContain('CANARY')
  })

  it('stays below what a topic takes, whatever happened', () => {
    const many = Array.from({ length: 3000 }, (_, index) =>
      rejected('14:30:00', `account-${index % 700}`, `tg-${index}`, 'ü'.repeat(5000)),
    )
    const found = digest(...many)
    expect(Buffer.byteLength(found?.text ?? '')).toBeLessThan(256 * 1024)
    expect(found?.subject).toBe('torghut dev: 0 filled, 3000 rejected')
    expect(found?.text).toMatch(/account-0: 0 filled, 5 rejected\n( {2}.*\n){5}\n/)
    expect(found?.text).toContain('\n  and 4 more\n')
  })
})

describe('sending it', () => {
  const lines = [filled('14:30:00', 'paper', 'tg-1')]
  function deps(publish: (subject: string, text: string) => Promise<void>) {
    const asked: unknown[] = []
    const logs = {
      read: async function* read(...question: readonly unknown[]) {
        asked.push(question)
        if (question[0] === 'order-feed') yield* lines
      },
    }
    return { asked, deps: { logs, notifier: { publish }, stage: 'dev', hours: 1 } }
  }

  it('reads both logs for whole hours, however late it is', async () => {
    const published: string[][] = []
    const world = deps(async (...message) => void published.push(message))
    await sendDigest(instant('2026-02-10T15:07:12Z'), world.deps)
    expect(world.asked).toEqual([
      ['lane', FROM, 'an order was filled', TO],
      ['lane', FROM, 'the broker rejected an order', TO],
      ['order-feed', FROM, 'an order was filled', TO],
      ['order-feed', FROM, 'the broker rejected an order', TO],
    ])
    expect(published).toMatchObject([['torghut dev: 1 filled, 0 rejected', expect.any(String)]])
  })

  it('fails when the topic does not take it, and is the same when it is tried again', async () => {
    const published: string[] = []
    let down = true
    const world = deps(async (_, text) => {
      published.push(text)
      if (down) throw new UnavailableError('no topic')
    })
    const send = () => sendDigest(instant('2026-02-10T15:05:00Z'), world.deps)
    await expect(send()).rejects.toThrow(UnavailableError)
    down = false
    await send()
    expect(published[1]).toBe(published[0])
  })

  it('sends nothing when there is nothing to tell', async () => {
    const world = deps(() => Promise.reject(new Error('published')))
    expect(await sendDigest(instant('2026-02-10T17:05:00Z'), world.deps)).toBeNull()
  })
})

describe('the function', () => {
  const cloudWatch = mockClient(CloudWatchLogsClient)
  let topic: Server | null = null
  afterEach(() => {
    topic?.close()
    cloudWatch.reset()
    vi.restoreAllMocks()
    vi.unstubAllEnvs()
    vi.resetModules()
  })

  /** The deployed handler against a topic that answers with this status; what it was asked and what it logged. */
  async function run(status: number, event: object = { time: '2026-02-10T15:05:00Z' }) {
    const published: URLSearchParams[] = []
    const server = createServer((request, response) => {
      let body = ''
      request.on('data', (chunk) => (body += String(chunk)))
      request.on('end', () => {
        published.push(new URLSearchParams(body))
        response.writeHead(status).end('<Error><Code>KMSAccessDenied</Code></Error>')
      })
    })
    topic = server
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const quiet = { POWERTOOLS_DEV: 'true', POWERTOOLS_METRICS_DISABLED: 'false', AWS_ENDPOINT_URL: endpoint }
    for (const [key, value] of Object.entries({ ...functionSurroundings('digest'), ...quiet }))
      vi.stubEnv(key, value)
    const logged: string[] = []
    for (const level of ['log', 'info', 'warn', 'error'] as const) {
      vi.spyOn(console, level).mockImplementation((text: unknown) => logged.push(String(text)))
    }
    cloudWatch.on(FilterLogEventsCommand).callsFake(({ logGroupName, filterPattern }) => {
      const { at, text } = filled('14:30:00', 'paper', 'tg-1')
      const told = logGroupName === '/torghut/dev/order-feed' && filterPattern === '"an order was filled"'
      return { events: told ? [{ eventId: '1', timestamp: at, message: text }] : [] }
    })
    const { handler } = await import('../../functions/digest.ts')
    const call = handler as unknown as (event: object, context: Context) => Promise<unknown>
    const outcome = await call(event, { functionName: 'digest' } as Context).catch((error: unknown) => error)
    return { outcome, published, logged: logged.join('\n') }
  }

  it('publishes to the topic of the alarms', async () => {
    const { outcome, published, logged } = await run(200)
    expect(outcome).toEqual({ sent: 'torghut dev: 1 filled, 0 rejected' })
    expect(published.map((message) => Object.fromEntries(message))).toEqual([
      {
        Version: '2010-03-31',
        Action: 'Publish',
        TopicArn: 'arn:aws:sns:us-east-1:123456789012:torghut-dev-alarms',
        Subject: 'torghut dev: 1 filled, 0 rejected',
        Message: expect.stringContaining('buy 10 of 10 AAPL at 190.02') as string,
      },
    ])
    expect(logged).not.toContain('digest_failed_total')
  })

  it.each([403, 503])('fails and counts it when the topic answers %i', async (status) => {
    const { outcome, logged } = await run(status)
    expect(outcome).toBeInstanceOf(Error)
    expect(logged).toContain('"digest_failed_total":1')
    expect(logged).toContain('the digest could not be sent')
  })
})

/**
 * Incidents of a deployed stage, each dealt with by the commands of its page in docs/operations.md, as written there; and
 * the digest that tells of them.
 */
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { GetQueueUrlCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { expect, it } from 'vitest'
import type { AccountLabel } from '../../lib/domain/account-label.ts'
import { asEpochMs, formatInstant } from '../../lib/domain/time.ts'
import { encodeTick } from '../../lib/formats/tick-codec.ts'
import type { Deployment } from './deploy.ts'
import type { Emulator } from './emulator.ts'
import type { Operator } from './operator.ts'
import { eventually } from './poll.ts'
import { keyOf, type StageUnderTest } from './stage-under-test.ts'

export interface StageInTrouble {
  readonly emulator: Emulator
  readonly deployment: Deployment
  readonly operator: Operator
  readonly stage: StageUnderTest
  /** The account that trades, alone. */
  readonly account: AccountLabel
  /** Pushes signals and ticks. */
  readonly pushAndTick: () => Promise<void>
}

const HOUR_MS = 3_600_000

/** @param open asked when a test begins */
export function walkIncidents(open: () => StageInTrouble): void {
  it('the broker rejects orders: decisions has its words', async () => {
    const { operator, stage, account, pushAndTick } = open()
    await operator.json(['kill', 'off', '--confirm', account])
    await stage.quiet()
    stage.exchange.failNext({ on: 'POST /v2/orders', kind: '403', account, times: 1 })
    await pushAndTick()
    await stage.caughtUp(account)
    const told = JSON.stringify(await operator.json(['decisions', '--account', account, '--since', '1h']))
    expect(told).toContain('{\\"code\\":40310000,\\"message\\":\\"forbidden.\\"}')
  })

  it('the digest tells of it, and of what was filled', async () => {
    const { emulator, deployment, stage, account } = open()
    await stage.fill()
    const executions = await eventually('no open order', 60, async () => {
      const all = await stage.executions(account)
      return all.some(({ state }) => state === 'accepted') ? null : all
    })
    const told = async (hour: number): Promise<string> => {
      const command = new InvokeCommand({
        FunctionName: deployment.names.function('digest'),
        // as its schedule would, some minutes after the hour
        Payload: JSON.stringify({ time: formatInstant(asEpochMs((hour + 1) * HOUR_MS + 300_000)) }),
      })
      const answer = await new LambdaClient(emulator.client).send(command)
      return Buffer.from(answer.Payload ?? []).toString()
    }
    const rejected = executions.find(({ state }) => state === 'rejected')?.updatedAt ?? 0
    // what is told is in the logs once an invocation has ended; the clock may have struck since the rejection
    const said = await eventually('a digest with both', 60, async () => {
      const hours = new Set([rejected, Date.now()].map((at) => Math.floor(at / HOUR_MS)))
      const all = await Promise.all([...hours].map(told))
      return all.join().includes('filled') && all.join().includes('rejected') ? all : null
    })
    const counted = (what: RegExp): number =>
      said.reduce((sum, one) => sum + Number(what.exec(one)?.[1] ?? 0), 0)
    expect(said.filter((one) => !/^\{"sent":\s?("torghut dev: [^"]+"|null)\}$/.test(one))).toEqual([])
    expect(counted(/(\d+) filled/)).toBeGreaterThan(0)
    expect(counted(/(\d+) rejected/)).toBe(1)
  })

  it('dispatching fails: doctor and tick name the wrong flag, status works, and unset takes it away', async () => {
    const { emulator, deployment, operator, account } = open()
    const Name = `${deployment.names.flagsPath}/TRADING_ENABELD`
    await new SSMClient(emulator.client).send(
      new PutParameterCommand({ Name, Value: 'true', Type: 'String' }),
    )
    const tick = await operator.run(['tick'])
    expect(tick.code).not.toBe(0)
    expect(tick.stderr).toContain('did you mean TRADING_ENABLED?')
    expect((await operator.run(['doctor'])).stdout).toContain('TRADING_ENABELD')
    expect((await operator.run(['status'])).stdout).toContain('TRADING_ENABELD')
    await operator.json(['flags', 'unset', 'TRADING_ENABELD'])
    expect(await operator.json(['tick'])).toMatchObject({ cycles: [account] })
  })

  it('wrong credentials: doctor says so, and what the broker refuses is not stored', async () => {
    const { operator, stage, account } = open()
    // the stage may ask, too
    stage.exchange.failNext({ on: 'GET /v2/account', kind: '401', account, times: Infinity })
    const { code, stdout } = await operator.run(['doctor'])
    stage.exchange.faults.clear()
    expect({ code, found: stdout.includes(`the credentials of ${account} are refused (401)`) }).toEqual({
      code: 1,
      found: true,
    })
    const wrong = { APCA_API_KEY_ID: 'nobody', APCA_API_SECRET_KEY: 'nothing' }
    expect(await operator.run(['accounts', 'put-credentials', account], wrong)).toMatchObject({ code: 2 })
    const { keyId, secret } = keyOf(account)
    const right = { APCA_API_KEY_ID: keyId, APCA_API_SECRET_KEY: secret }
    await operator.json(['accounts', 'put-credentials', account], right)
    expect((await operator.run(['doctor'])).stdout).not.toContain('are refused')
  })

  it('dead letters: they are listed, shown, moved back and dropped', async () => {
    const { emulator, deployment, operator, stage, account } = open()
    const sqs = new SQSClient(emulator.client)
    const QueueName = deployment.names.deadLetterQueue('lane')
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }))
    const catalogHash = await stage.stores.catalog.currentHash()
    const giveUp = async (name: string): Promise<string> => {
      const target = { mode: 'paper', baseUrl: stage.exchange.baseUrl } as const
      const MessageBody = encodeTick({
        kind: 'cycle',
        tickAt: asEpochMs(Date.now()),
        account: { label: account, enabled: true, target, strategies: null },
        settings: {},
        killSwitchOn: false,
        admitted: true,
        upTo: null,
        catalogHash: catalogHash ?? ('' as never),
      })
      const ids = { MessageGroupId: account, MessageDeduplicationId: name }
      const { MessageId = '' } = await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, ...ids }))
      return MessageId
    }
    const listed = async () => JSON.stringify(await operator.json(['dlq', 'list', '--queue', 'lane']))

    const first = await giveUp('incident-1')
    expect(await listed()).toContain(first)
    expect(JSON.stringify(await operator.json(['dlq', 'show', first]))).toContain('tick_at')
    await operator.json(['dlq', 'redrive', '--queue', 'lane'])
    expect(await listed()).not.toContain(first)
    const second = await giveUp('incident-2')
    await operator.json(['dlq', 'drop', second, '--confirm', account])
    expect(await listed()).not.toContain(second)
  })
}

/** What operators' calls look like to AWS, and what becomes of its answers. */
import {
  CloudFormationClient,
  CloudFormationServiceException,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation'
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { InvokeCommand, LambdaClient, ResourceNotFoundException } from '@aws-sdk/client-lambda'
import { SchedulerClient } from '@aws-sdk/client-scheduler'
import { GetQueueUrlCommand, QueueDoesNotExist, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { GetParameterCommand, ParameterNotFound, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { STSClient } from '@aws-sdk/client-sts'
import { mockClient } from 'aws-sdk-client-mock'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { beforeEach, describe, expect, it } from 'vitest'
import { alarmSubscriptions } from '../../lib/adapters/aws/alarm-subscriptions.ts'
import { lambdaDispatcher } from '../../lib/adapters/aws/dispatcher.ts'
import { cloudWatchLogReader } from '../../lib/adapters/aws/log-reader.ts'
import { awsInfrastructure } from '../../lib/adapters/aws/infrastructure.ts'
import { SqsQueueOperations } from '../../lib/adapters/sqs/queue-operations.ts'
import { parameterCredentialStore } from '../../lib/adapters/ssm/credential-store.ts'
import { parameterFlagStore } from '../../lib/adapters/ssm/flag-store.ts'
import { deploymentNames, parseStage } from '../../lib/deployment/names.ts'
import { accountLabel } from '../../lib/domain/account-label.ts'
import { ConfigurationError, UnavailableError } from '../../lib/domain/errors.ts'
import { collect } from '../../lib/domain/collect.ts'
import { asEpochMs, instant } from '../../lib/domain/time.ts'

const KILL = 'TRADING_KILL_SWITCH_ENABLED'
const region = { region: 'us-east-1' }
const place = { region: 'us-east-1', endpoint: 'http://127.0.0.1:4566' }
const stage = parseStage('dev')
if (stage === null) throw new Error('dev is a stage')
const names = deploymentNames(stage)

const ssm = mockClient(SSMClient)
const logs = mockClient(CloudWatchLogsClient)
const sqs = mockClient(SQSClient)
const lambda = mockClient(LambdaClient)
const cloudFormation = mockClient(CloudFormationClient)
beforeEach(() => {
  for (const client of [logs, ssm, sqs, lambda, cloudFormation]) client.reset()
})

const metadata = { $metadata: {}, message: 'said by the service' }
const refusedConnection = () => Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })

describe('flags in Parameter Store', () => {
  const store = () => parameterFlagStore({ ssm: new SSMClient(region), place, path: names.flagsPath })

  it('switches the kill switch on with one PutParameter and nothing else', async () => {
    ssm.on(PutParameterCommand).resolves({ Version: 2 })
    await store().write(KILL, 'true')
    await store().write(`accounts/b/${KILL}`, 'true')
    expect(ssm.calls().map(({ args: [command] }) => command.constructor.name)).toEqual([
      'PutParameterCommand',
      'PutParameterCommand',
    ])
    expect(ssm.commandCalls(PutParameterCommand)[0]?.args[0].input).toMatchObject({
      Name: `/torghut/dev/flags/${KILL}`,
      Value: 'true',
      Overwrite: true,
    })
  })

  it('tells a switch that was there from one that its writing created', async () => {
    ssm.on(PutParameterCommand).resolvesOnce({ Version: 2 }).resolves({ Version: 1 })
    expect(await store().write(KILL, 'true')).toEqual({ before: undefined })
    expect(await store().write(KILL, 'true')).toEqual({ before: null })
  })

  it('tells the value before, and writes nothing that is so already', async () => {
    ssm.on(GetParameterCommand).resolves({ Parameter: { Value: 'false' } })
    expect(await store().write('TRADING_ENABLED', 'true')).toEqual({ before: 'false' })
    expect(await store().write('TRADING_ENABLED', 'false')).toEqual({ before: 'false' })
    expect(ssm.commandCalls(PutParameterCommand)).toHaveLength(1)
    ssm.on(GetParameterCommand).rejects(new ParameterNotFound(metadata))
    expect(await store().write('TRADING_ENABLED', 'true')).toEqual({ before: null })
  })

  it('says what to check when nobody answers', async () => {
    ssm.on(PutParameterCommand).rejects(refusedConnection())
    const fault = await store()
      .write(KILL, 'true')
      .catch((error: unknown) => error)
    expect(fault).toBeInstanceOf(UnavailableError)
    expect((fault as UnavailableError).message).toContain('ECONNREFUSED')
    expect((fault as UnavailableError).advice).toContain('http://127.0.0.1:4566')
  })

  it('tells refused and missing credentials from an unreachable service', async () => {
    for (const name of ['AccessDeniedException', 'CredentialsProviderError']) {
      ssm.on(PutParameterCommand).rejects(Object.assign(new Error('no'), { name }))
      await expect(store().write(KILL, 'true')).rejects.toThrow(ConfigurationError)
    }
  })
})

describe('credentials in Parameter Store', () => {
  const store = () =>
    parameterCredentialStore({
      ssm: new SSMClient(region),
      place,
      path: names.credentialsPath,
      keyAlias: names.credentialsKeyAlias,
    })
  const credentials = { keyId: 'CANARY-ID', secret: 'CANARY-SECRET' }

  it('are a SecureString under the stage’s own key', async () => {
    await store().write(accountLabel('paper'), credentials)
    expect(ssm.commandCalls(PutParameterCommand)[0]?.args[0].input).toMatchObject({
      Name: '/torghut-credentials/dev/paper',
      Type: 'SecureString',
      KeyId: 'alias/torghut-dev-credentials',
    })
  })

  it('are read as they were written; none, or a malformed one, is a clear message without them', async () => {
    ssm
      .on(GetParameterCommand)
      .resolvesOnce({ Parameter: { Value: '{"key_id":"CANARY-ID","secret_key":"CANARY-SECRET"}' } })
      .resolvesOnce({ Parameter: { Value: 'CANARY-SECRET' } })
      .rejects(new ParameterNotFound(metadata))
    const read = () => store().read(accountLabel('paper'))
    expect(await read()).toEqual(credentials)
    for (const found of ['something else', 'nothing']) {
      const fault = await read().catch((error: unknown) => error)
      expect(fault).toBeInstanceOf(ConfigurationError)
      expect(String(fault)).toContain(`found ${found}`)
      expect(String(fault)).not.toContain('CANARY')
    }
  })

  it('appear in no error', async () => {
    ssm.on(PutParameterCommand).rejects(Object.assign(new Error('no such key'), { name: 'InvalidKeyId' }))
    const fault = await store()
      .write(accountLabel('paper'), credentials)
      .catch((error: unknown) => error)
    expect(fault).toBeInstanceOf(ConfigurationError)
    expect(String(fault)).not.toContain('CANARY')
  })
})

describe('logs', () => {
  it('are filtered there, by a quoted phrase, and here, by the text as it stands', async () => {
    const messages = ['{"level":"ERROR"}', '{"level":"error"}']
    logs.on(FilterLogEventsCommand).resolves({ events: messages.map((message) => ({ message })) })
    const reader = cloudWatchLogReader(new CloudWatchLogsClient(region), place, names)
    const lines = await collect(reader.read('lane', asEpochMs(7), 'ERROR'))
    expect(lines.map(({ text }) => text)).toEqual(['{"level":"ERROR"}'])
    expect(logs.commandCalls(FilterLogEventsCommand)[0]?.args[0].input).toMatchObject({
      logGroupName: '/torghut/dev/lane',
      startTime: 7,
      filterPattern: '"ERROR"',
    })
  })

  it.each([
    ['digest', /-c digestHours/],
    ['market-data', /-c marketDataAccount/],
    ['lane', /allowed: a deployed stage/],
  ] as const)('of a function that the stage does not have say what it takes: %s', async (name, message) => {
    const nothing = { name: 'ResourceNotFoundException', message: 'none', $metadata: {} }
    logs.on(FilterLogEventsCommand).rejects(Object.assign(new Error('none'), nothing))
    const reader = cloudWatchLogReader(new CloudWatchLogsClient(region), place, names)
    await expect(collect(reader.read(name, asEpochMs(7)))).rejects.toThrow(message)
  })
})

describe('queues', () => {
  const queues = () => new SqsQueueOperations(new SQSClient(region), place, names)

  it('that do not exist have no depth, and cannot be sent to', async () => {
    sqs.on(GetQueueUrlCommand).rejects(new QueueDoesNotExist(metadata))
    expect(await queues().depth({ queue: 'order-feed-v2', deadLetters: false })).toBeNull()
    await expect(queues().sender('signals')).rejects.toThrow(/torghut-dev-signals\.fifo/)
  })

  it('give group, deduplication id and count of receptions', async () => {
    sqs.on(GetQueueUrlCommand).resolves({ QueueUrl: 'http://q' })
    const Attributes = {
      MessageGroupId: 'paper',
      MessageDeduplicationId: 'd',
      SentTimestamp: '1273176000000',
      ApproximateReceiveCount: '3',
    }
    sqs
      .on(ReceiveMessageCommand)
      .resolves({ Messages: [{ MessageId: 'm', ReceiptHandle: 'r', Body: 'b', Attributes }] })
    expect(await queues().receive({ queue: 'lane', deadLetters: true }, 60)).toEqual([
      {
        messageId: 'm',
        groupId: 'paper',
        deduplicationId: 'd',
        sentAt: instant('2010-05-06T20:00:00Z'),
        receiveCount: 3,
        body: 'b',
        receipt: 'r',
      },
    ])
  })
})

describe('the dispatcher', () => {
  const dispatcher = () => lambdaDispatcher(new LambdaClient(region), place, names)
  const at = instant('2024-05-14T14:30:20Z')

  it('gets an event with the time, as from the schedule', async () => {
    lambda.on(InvokeCommand).resolves({})
    await dispatcher().dispatch(at)
    const payload = lambda.commandCalls(InvokeCommand)[0]?.args[0].input.Payload
    expect(JSON.parse(payload as string)).toMatchObject({ time: '2024-05-14T14:30:20Z' })
  })

  it('that threw reports its message; one that is not there is a missing deployment', async () => {
    const Payload = new TextEncoder().encode('{"errorType":"E","errorMessage":"bad registry"}') as never
    lambda.on(InvokeCommand).resolves({ FunctionError: 'Unhandled', Payload })
    expect(await dispatcher().dispatch(at)).toEqual({ kind: 'failed', error: 'bad registry' })
    lambda.on(InvokeCommand).rejects(new ResourceNotFoundException({ ...metadata, Type: undefined }))
    await expect(dispatcher().dispatch(at)).rejects.toThrow(/function torghut-dev-dispatch/)
  })
})

describe('the stack', () => {
  it('is null when CloudFormation knows none', async () => {
    const clients = {
      cloudFormation: new CloudFormationClient(region),
      dynamo: new DynamoDBClient(region),
      lambda: new LambdaClient(region),
      scheduler: new SchedulerClient(region),
      ssm: new SSMClient(region),
      sts: new STSClient(region),
      snsSigning: new STSClient(region),
    }
    const options = { name: 'ValidationError', $fault: 'client' as const, ...metadata }
    cloudFormation.on(DescribeStacksCommand).rejects(new CloudFormationServiceException(options))
    expect(await awsInfrastructure(clients, place, names).stackStatus()).toBeNull()
  })
})

describe('subscriptions of the alarm topic', () => {
  const topicArn = 'arn:aws:sns:us-east-1:123456789012:torghut-dev-alarms'

  /** What a server with these answers, in order, is asked and what comes of it. */
  async function ask(...answers: readonly [status: number, body: string][]) {
    const asked: { headers: IncomingHttpHeaders; parameters: URLSearchParams }[] = []
    const server = createServer((request, response) => {
      let body = ''
      request.on('data', (chunk) => (body += String(chunk)))
      request.on('end', () => {
        const [status, text] = answers[asked.length] ?? [500, '']
        asked.push({ headers: request.headers, parameters: new URLSearchParams(body) })
        response.writeHead(status).end(text)
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' }
    const signing = new STSClient({ ...region, credentials })
    try {
      const found = await alarmSubscriptions({ ...region, endpoint, signing, topicArn }).catch(
        (error: unknown) => error as Error,
      )
      return { asked, found }
    } finally {
      server.close()
    }
  }

  const page = (arns: readonly string[], token = '') =>
    `<ListSubscriptionsByTopicResponse><ListSubscriptionsByTopicResult><Subscriptions>${arns
      .map((arn) => `<member><Protocol>email</Protocol><SubscriptionArn>${arn}</SubscriptionArn></member>`)
      .join('')}</Subscriptions>${token}</ListSubscriptionsByTopicResult></ListSubscriptionsByTopicResponse>`

  it('are counted over all pages, those apart that nobody has confirmed', async () => {
    const { asked, found } = await ask(
      [200, page([`${topicArn}:1`, 'PendingConfirmation'], '<NextToken>more</NextToken>')],
      [200, page([`${topicArn}:2`])],
    )
    expect(found).toEqual({ confirmed: 2, pending: 1 })
    expect(asked.map(({ parameters }) => Object.fromEntries(parameters))).toEqual([
      { Action: 'ListSubscriptionsByTopic', Version: '2010-03-31', TopicArn: topicArn },
      { Action: 'ListSubscriptionsByTopic', Version: '2010-03-31', TopicArn: topicArn, NextToken: 'more' },
    ])
    expect(asked[0]?.headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/us-east-1\/sns\/aws4_request/,
    )
  })

  it.each([
    [404, 'NotFound', 'client'],
    [403, 'AuthorizationError', 'client'],
    [503, 'ServiceUnavailable', 'server'],
  ])('fail with what SNS says: %i %s', async (status, name, fault) => {
    const { found } = await ask([
      status,
      `<ErrorResponse><Error><Code>${name}</Code></Error></ErrorResponse>`,
    ])
    expect(found).toMatchObject({ name, $fault: fault })
  })
})

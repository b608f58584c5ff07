/**
 * A stage that is kept, destroyed and deployed again on the emulator: what it keeps stays and comes back with all it
 * holds (docs/operations.md#removing-a-stage), and nothing else stands in the way.
 */
import {
  CloudFormationClient,
  DescribeStacksCommand,
  UpdateTerminationProtectionCommand,
} from '@aws-sdk/client-cloudformation'
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { deploymentOn, type Deployment } from './deploy.ts'
import { startEmulator, type Emulator } from './emulator.ts'

const ITEM = { pk: { S: 'kept' }, sk: { S: 'kept' } }

let emulator: Emulator
let deployment: Deployment
let cloudFormation: CloudFormationClient
let ssm: SSMClient
let dynamo: DynamoDBClient
let keyArn: string

beforeAll(async () => {
  emulator = await startEmulator()
  deployment = deploymentOn(emulator, 'keep')
  cloudFormation = new CloudFormationClient(emulator.client)
  ssm = new SSMClient(emulator.client)
  dynamo = new DynamoDBClient(emulator.client)
  await deployment.bootstrap()
})
afterAll(() => emulator?.stop())

const credentials = (): string => `${deployment.names.credentialsPath}/paper`

async function output(name: string): Promise<string> {
  const { Stacks } = await cloudFormation.send(
    new DescribeStacksCommand({ StackName: deployment.names.stack }),
  )
  const found = Stacks?.[0]?.Outputs?.find(({ OutputKey }) => OutputKey === name)?.OutputValue
  if (found === undefined) throw new Error(`the stack has no output ${name}`)
  return found
}

async function value(Name: string): Promise<string | undefined> {
  const { Parameter } = await ssm.send(new GetParameterCommand({ Name, WithDecryption: true }))
  return Parameter?.Value
}

async function release(): Promise<void> {
  const { stack: StackName } = deployment.names
  await cloudFormation.send(
    new UpdateTerminationProtectionCommand({ StackName, EnableTerminationProtection: false }),
  )
}

async function tick(): Promise<unknown> {
  const answer = await new LambdaClient(emulator.client).send(
    new InvokeCommand({
      FunctionName: deployment.names.function('dispatch'),
      Payload: JSON.stringify({ time: new Date().toISOString() }),
    }),
  )
  expect(answer.FunctionError).toBeUndefined()
  return JSON.parse(Buffer.from(answer.Payload ?? []).toString())
}

describe('a stage that is kept', () => {
  it('is not destroyed while it is protected', async () => {
    await deployment.deploy()
    keyArn = await output('CredentialsKeyArn')
    await expect(deployment.destroy()).rejects.toThrow(/[Tt]ermination ?[Pp]rotection/)
    expect(await output('CredentialsKeyArn')).toBe(keyArn)
  })

  it('keeps tables, kill switch and credentials when it is', async () => {
    const { killSwitchParameter: Name, stateTable: TableName, credentialsKeyAlias: KeyId } = deployment.names
    await ssm.send(new PutParameterCommand({ Name, Value: 'false', Type: 'String', Overwrite: true }))
    await ssm.send(
      new PutParameterCommand({ Name: credentials(), Value: 'a secret', Type: 'SecureString', KeyId }),
    )
    await dynamo.send(new PutItemCommand({ TableName, Item: ITEM }))
    await release()
    await deployment.destroy()
    await expect(output('CredentialsKeyArn')).rejects.toThrow(/does not exist|no output/)
    expect(await value(Name)).toBe('false')
    expect((await dynamo.send(new GetItemCommand({ TableName, Key: ITEM }))).Item).toEqual(ITEM)
  })

  it('does not come back by itself: their names are taken', async () => {
    await expect(deployment.deployAgain()).rejects.toThrow(/exist/)
    // the failed stack is protected, too, and the next deployment begins by deleting it
    await release()
  })

  it('comes back with all they hold when they are imported', async () => {
    const { killSwitchParameter, stateTable: TableName } = deployment.names
    await deployment.deploy({ credentialsKeyArn: keyArn }, '--import-existing-resources')
    expect(await value(killSwitchParameter)).toBe('false')
    expect(await value(credentials())).toBe('a secret')
    expect(await output('CredentialsKeyArn')).toBe(keyArn)
    expect((await dynamo.send(new GetItemCommand({ TableName, Key: ITEM }))).Item).toEqual(ITEM)
    expect(await tick()).toMatchObject({ nothingToRun: true })
    await release()
    await deployment.destroy()
  })
})

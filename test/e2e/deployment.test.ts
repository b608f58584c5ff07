/**
 * A whole deployment on the emulator: the real templates, bundles and schedule; a redeploy that must not reset a
 * flipped flag; the end of the stack.
 */
import {
  CloudFormationClient,
  CloudFormationServiceException,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation'
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { deploymentOn } from './deploy.ts'
import type { Deployment } from './deploy.ts'
import { startEmulator } from './emulator.ts'
import type { Emulator } from './emulator.ts'
import { logRecords } from './log-records.ts'
import { eventually } from './poll.ts'

const MAXIMUM_DEPLOY_SECONDS = 60

let emulator: Emulator
let deployment: Deployment
let ssm: SSMClient
let logs: CloudWatchLogsClient
let cloudFormation: CloudFormationClient

beforeAll(async () => {
  emulator = await startEmulator()
  deployment = deploymentOn(emulator)
  const { client } = emulator
  ssm = new SSMClient(client)
  logs = new CloudWatchLogsClient(client)
  cloudFormation = new CloudFormationClient(client)
})

afterAll(() => emulator.stop())

async function killSwitch(): Promise<string | undefined> {
  const { Parameter } = await ssm.send(
    new GetParameterCommand({ Name: deployment.names.killSwitchParameter }),
  )
  return Parameter?.Value
}

async function stackStatus(): Promise<string> {
  try {
    const { Stacks } = await cloudFormation.send(
      new DescribeStacksCommand({ StackName: deployment.names.stack }),
    )
    return Stacks?.[0]?.StackStatus ?? 'absent'
  } catch (error) {
    if (error instanceof CloudFormationServiceException && error.name === 'ValidationError') return 'absent'
    throw error
  }
}

describe('a deployment', () => {
  it('takes less than a minute and starts with the kill switch on', async () => {
    await deployment.bootstrap()
    const { seconds } = await deployment.deploy()
    expect(seconds).toBeLessThan(MAXIMUM_DEPLOY_SECONDS)
    expect(await killSwitch()).toBe('true')
  })

  it('ticks by its own schedule, minute after minute', async () => {
    const minutes = await eventually('two ticks of the schedule', 150, async () => {
      const records = await logRecords(logs, deployment.names.logGroup('dispatch'))
      // Without strategies a tick runs nothing, and says so.
      const ticks = records.filter(
        ({ message }) => message === 'no strategies were applied yet: nothing to run',
      )
      return ticks.length < 2
        ? null
        : ticks.map(({ timestamp }) => Math.floor(Date.parse(String(timestamp)) / 60_000))
    })
    expect(minutes[1]).toBe((minutes[0] ?? 0) + 1)
  })

  it('keeps a flipped kill switch over a redeploy that changes the stack', async () => {
    await ssm.send(
      new PutParameterCommand({
        Name: deployment.names.killSwitchParameter,
        Value: 'false',
        Overwrite: true,
      }),
    )
    await deployment.deploy({ logLevel: 'DEBUG', schedule: 'rate(5 minutes)' })
    expect(await stackStatus()).toBe('UPDATE_COMPLETE')
    expect(await killSwitch()).toBe('false')
  })

  it('goes with cdk destroy', async () => {
    await deployment.destroy()
    expect(await stackStatus()).toMatch(/absent|DELETE_COMPLETE/)
  })
})

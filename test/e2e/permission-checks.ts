/**
 * MiniStack checks two of Parameter Store's actions against the resource `*` instead of the parameters they name,
 * and wants an action `sqs:SendMessageBatch` that AWS does not have: there, `sqs:SendMessage` allows both
 * (docs/emulator.md). The roles that may use these actions get them here, beside their own policy, which stays
 * as deployed. All other actions are checked as they are.
 */
import { CloudFormationClient, DescribeStackResourcesCommand } from '@aws-sdk/client-cloudformation'
import { request } from 'node:https'
import type { DeploymentNames } from '../../lib/deployment/names.ts'
import type { Emulator } from './emulator.ts'

const PARAMETERS = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: ['ssm:GetParametersByPath', 'ssm:GetParameters'], Resource: '*' }],
}

const sending = (queue: string) => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Action: 'sqs:SendMessageBatch',
      Resource: `arn:aws:sqs:us-east-1:000000000000:${queue}`,
    },
  ],
})

/** Logical ids of the roles that the permission table gives one of the two actions. */
const READERS = /^(?:Dispatch|Lane|OrderFeed)FunctionRole[0-9A-F]{8}$/

/** Does nothing for an emulator that was running already: whether it checks permissions is its owner's choice. */
export async function mendPermissionChecks(emulator: Emulator, names: DeploymentNames): Promise<void> {
  if (emulator.logFile === null) return
  const cloudFormation = new CloudFormationClient(emulator.client)
  const answer = await cloudFormation.send(new DescribeStackResourcesCommand({ StackName: names.stack }))
  const roles = (answer.StackResources ?? []).filter(({ LogicalResourceId }) =>
    READERS.test(LogicalResourceId ?? ''),
  )
  if (roles.length !== 3) throw new Error(`three roles read flags, not ${roles.length}`)
  for (const { LogicalResourceId = '', PhysicalResourceId: role = '' } of roles) {
    await putRolePolicy(emulator, role, 'emulator-parameter-store', PARAMETERS)
    if (LogicalResourceId.startsWith('Dispatch')) {
      await putRolePolicy(emulator, role, 'emulator-send-batch', sending(names.queue('lane')))
    }
  }
}

/** The emulator does not check signatures of its root key, so none is made. */
function putRolePolicy(
  emulator: Emulator,
  RoleName: string,
  PolicyName: string,
  policy: object,
): Promise<void> {
  const body = new URLSearchParams({
    Action: 'PutRolePolicy',
    Version: '2010-05-08',
    RoleName,
    PolicyName,
    PolicyDocument: JSON.stringify(policy),
  }).toString()
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    authorization:
      'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0',
  }
  return new Promise((resolve, reject) => {
    const sent = request(emulator.endpoint, { method: 'POST', agent: emulator.agent, headers }, (answer) => {
      answer.resume()
      if (answer.statusCode === 200) resolve()
      else reject(new Error(`PutRolePolicy answered ${answer.statusCode}`))
    })
    sent.once('error', reject)
    sent.end(body)
  })
}

/**
 * MiniStack checks two of Parameter Store's actions against the resource `*` instead of the parameters they name,
 * and wants an action `sqs:SendMessageBatch` that AWS does not have: there, `sqs:SendMessage` allows both
 * (docs/emulator.md); and it knows log groups without the `:*` that their ARNs have in policies (CloudWatch Logs, "Overview
 * of managing access permissions"). The roles that may use these actions get them here, beside their own policy, which stays
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

const filtering = (names: DeploymentNames) => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Action: 'logs:FilterLogEvents',
      Resource: (['lane', 'order-feed'] as const).map(
        (name) => `arn:aws:logs:us-east-1:000000000000:log-group:${names.logGroup(name)}`,
      ),
    },
  ],
})

/** Logical ids of the roles that the permission table gives one of the two actions. */
const READERS = /^(?:Dispatch|Lane|OrderFeed|MarketData)FunctionRole[0-9A-F]{8}$/
/** That of the digest, where there is one. */
const DIGEST = /^DigestFunctionRole[0-9A-F]{8}$/

/** Does nothing for an emulator that was running already: whether it checks permissions is its owner's choice. */
export async function mendPermissionChecks(emulator: Emulator, names: DeploymentNames): Promise<void> {
  if (emulator.logFile === null) return
  const cloudFormation = new CloudFormationClient(emulator.client)
  const answer = await cloudFormation.send(new DescribeStackResourcesCommand({ StackName: names.stack }))
  const roleOf = (pattern: RegExp) =>
    (answer.StackResources ?? []).filter(({ LogicalResourceId = '' }) => pattern.test(LogicalResourceId))
  const roles = roleOf(READERS)
  if (roles.length !== 3 && roles.length !== 4) {
    throw new Error(`three roles read flags, or four with the producer's, not ${roles.length}`)
  }
  for (const { LogicalResourceId = '', PhysicalResourceId: role = '' } of roles) {
    await putRolePolicy(emulator, role, 'emulator-parameter-store', PARAMETERS)
    if (LogicalResourceId.startsWith('Dispatch')) {
      await putRolePolicy(emulator, role, 'emulator-send-batch', sending(names.queue('lane')))
    }
  }
  for (const { PhysicalResourceId: role = '' } of roleOf(DIGEST)) {
    await putRolePolicy(emulator, role, 'emulator-log-groups', filtering(names))
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

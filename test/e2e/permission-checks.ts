/**
 * MiniStack checks two of Parameter Store's actions against the resource `*` instead of the parameters they name
 * (docs/emulator.md), so that a role with exact resources is refused. The roles that may use these actions get
 * them on `*` here, beside their own policy, which stays as deployed. All other actions are checked as they are.
 */
import { CloudFormationClient, DescribeStackResourcesCommand } from '@aws-sdk/client-cloudformation'
import { request } from 'node:https'
import type { DeploymentNames } from '../../lib/config/deployment-names.ts'
import type { Emulator } from './emulator.ts'

const POLICY_NAME = 'emulator-parameter-store'
const POLICY = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: ['ssm:GetParametersByPath', 'ssm:GetParameters'], Resource: '*' }],
}

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
  for (const { PhysicalResourceId } of roles) await putRolePolicy(emulator, PhysicalResourceId ?? '')
}

/** The emulator does not check signatures of its root key, so none is made. */
function putRolePolicy(emulator: Emulator, RoleName: string): Promise<void> {
  const body = new URLSearchParams({
    Action: 'PutRolePolicy',
    Version: '2010-05-08',
    RoleName,
    PolicyName: POLICY_NAME,
    PolicyDocument: JSON.stringify(POLICY),
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

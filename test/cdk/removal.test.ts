/**
 * What outlives its stack, so that a stage can be deployed again: each rule by its resource, and nothing else. A rule
 * that is taken out of `cdk/removal-policies.ts` fails the line that names it.
 */
import { App, Aspects, CfnResource, Stack } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { describe, expect, it } from 'vitest'
import { RemovalPolicies } from '../../cdk/removal-policies.ts'
import { resourcesOf, synthesize } from './synthesize.ts'
import type { Synthesized } from './synthesize.ts'

const KEY_ARN = 'arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d'
const prod = synthesize()
const dev = synthesize({ stage: 'dev' })

/** Logical ids by policy. */
function kept({ template }: Synthesized): Record<string, string> {
  return Object.fromEntries(
    [...resourcesOf(template)]
      .filter(([, { DeletionPolicy }]) => DeletionPolicy !== 'Delete')
      .map(([id, { Type, DeletionPolicy, UpdateReplacePolicy }]) => [
        `${id.replace(/[0-9A-F]{8}$/, '')} ${Type}`,
        `${DeletionPolicy} ${UpdateReplacePolicy}`,
      ]),
  )
}

describe('a stage that is kept', () => {
  it.each([
    ['TablesState AWS::DynamoDB::Table', 'Retain Retain'],
    ['TablesSignals AWS::DynamoDB::Table', 'Retain Retain'],
    ['GlobalKillSwitch AWS::SSM::Parameter', 'RetainExceptOnCreate Retain'],
    ['CredentialsKey AWS::KMS::Key', 'RetainExceptOnCreate Retain'],
  ])('keeps %s', (resource, policies) => {
    expect(kept(prod)[resource]).toBe(policies)
  })

  it('keeps nothing else: no group of schedules, no topic key, no log', () => {
    expect(Object.keys(kept(prod))).toHaveLength(4)
  })

  it('is protected from being destroyed by mistake', () => {
    expect(prod.stack.terminationProtection).toBe(true)
  })

  it('gives what it keeps a name that an import finds, but for the key', () => {
    const named = [...resourcesOf(prod.template).values()].filter(
      ({ Type }) => Type === 'AWS::DynamoDB::Table' || Type === 'AWS::SSM::Parameter',
    )
    expect(named.map(({ Properties }) => Properties['TableName'] ?? Properties['Name'])).toEqual([
      'torghut-prod-state',
      'torghut-prod-signals',
      '/torghut/prod/flags/TRADING_KILL_SWITCH_ENABLED',
    ])
  })

  it('takes the key of an earlier deployment by its ARN, under the alias that operators use', () => {
    const again = synthesize({ credentialsKeyArn: KEY_ARN })
    const resources = resourcesOf(again.template)
    expect(Object.keys(kept(again)).filter((id) => id.includes('KMS'))).toEqual([])
    const alias = [...resources].find(([, { Type }]) => Type === 'AWS::KMS::Alias')
    expect(alias?.[1].Properties).toEqual({
      AliasName: 'alias/torghut-prod-credentials',
      TargetKeyId: KEY_ARN,
    })
    // one alias, whichever key: a second one of the same name could not be made beside it
    expect([...resourcesOf(prod.template).keys()]).toContain(alias?.[0])
    expect(JSON.stringify([...resources.values()])).toContain(`"Action":"kms:Decrypt","Condition"`)
  })
})

describe('stage dev', () => {
  it('goes with all it has', () => {
    expect(kept(dev)).toEqual({})
    expect(dev.stack.terminationProtection).toBe(false)
  })
})

describe('a resource that somebody adds', () => {
  it('goes with the stack, and stays if it is a table, whatever its construct says', () => {
    const stack = new Stack(new App(), 'Stack')
    const added = [
      new CfnResource(stack, 'Queue', { type: 'AWS::SQS::Queue' }),
      new CfnResource(stack, 'Table', { type: 'AWS::DynamoDB::Table' }),
    ]
    expect(added.map(({ cfnOptions }) => cfnOptions.deletionPolicy)).toEqual([undefined, undefined])
    Aspects.of(stack).add(new RemovalPolicies(true, []))
    const { Resources } = Template.fromStack(stack).toJSON() as {
      Resources: Record<string, { DeletionPolicy: string }>
    }
    expect(Object.entries(Resources).map(([id, { DeletionPolicy }]) => `${id} ${DeletionPolicy}`)).toEqual([
      'Queue Delete',
      'Table Retain',
    ])
  })
})

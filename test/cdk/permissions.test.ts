/** The permissions that the template gives are exactly those of the permission table. */
import { describe, expect, it } from 'vitest'
import {
  DIGEST_PERMISSIONS,
  MARKET_DATA_PERMISSIONS,
  PERMISSION_TABLE,
  SIGNAL_TICK_PERMISSIONS,
  type Permission,
} from './permission-table.ts'
import { permissionsOf, rowsOf } from './permissions.ts'
import { resourcesOf, synthesize } from './synthesize.ts'

const { template } = synthesize({ orderFeedV2: 'true' })
const resources = resourcesOf(template)
const granted = permissionsOf(resources)

const DISPATCH = 'lambda.amazonaws.com torghut-prod-dispatch'

function ticksAfterSignals(role: string): readonly Permission[] {
  return [...(PERMISSION_TABLE[role] ?? []), ...(SIGNAL_TICK_PERMISSIONS[role] ?? [])]
}

describe('permissions', () => {
  it('are exactly those of the permission table, role by role', () => {
    expect(granted).toEqual(rowsOf(PERMISSION_TABLE))
  })

  it('grow by those of the digest where there is one, and nobody else gets more', () => {
    const { template } = synthesize({ orderFeedV2: 'true', digestHours: '1' })
    expect(permissionsOf(resourcesOf(template))).toEqual(
      rowsOf({ ...PERMISSION_TABLE, ...DIGEST_PERMISSIONS }),
    )
  })

  it('grow by those of ticks after signals where they are asked for, and nobody else gets more', () => {
    const { template } = synthesize({ orderFeedV2: 'true', tickOnSignal: 'true' })
    const both = Object.entries(SIGNAL_TICK_PERMISSIONS).map(([role, more]) => [
      role,
      [...(PERMISSION_TABLE[role] ?? []), ...more],
    ])
    const expected = { ...PERMISSION_TABLE, ...Object.fromEntries(both) }
    expect(permissionsOf(resourcesOf(template))).toEqual(rowsOf(expected))
  })

  it('grow by those of the producer of bars where there is one: one key of all, and nothing of the state but the catalog', () => {
    const { template } = synthesize({ orderFeedV2: 'true', marketDataAccount: 'paper' })
    expect(permissionsOf(resourcesOf(template))).toEqual(
      rowsOf({ ...PERMISSION_TABLE, ...MARKET_DATA_PERMISSIONS, [DISPATCH]: ticksAfterSignals(DISPATCH) }),
    )
  })

  it('hold no wildcard but path suffixes in Parameter Store', () => {
    const wildcards = Object.values(granted)
      .flat()
      .filter((permission) => permission.includes('*'))
    expect(wildcards.filter((permission) => !/ on parameter \/[^*]+\/\*$/.test(permission))).toEqual([])
  })

  it('let the lane neither send messages nor write parameters, and keep credentials from everybody else', () => {
    const lane = granted['lambda.amazonaws.com torghut-prod-lane'] ?? []
    expect(lane.filter((permission) => /sqs:Send|ssm:Put|ssm:Delete|ssm:Label/.test(permission))).toEqual([])
    const readers = Object.entries(granted)
      .filter(([, permissions]) => permissions.some((permission) => /credentials/.test(permission)))
      .map(([role]) => role)
    expect(readers).toEqual(['lambda.amazonaws.com torghut-prod-lane'])
  })

  it('let the dispatcher read the catalog, the roster and the index of open work, and nothing else of the state', () => {
    const dispatch = granted['lambda.amazonaws.com torghut-prod-dispatch'] ?? []
    expect(dispatch.filter((permission) => permission.includes('dynamodb:'))).toEqual([
      'dynamodb:GetItem on table torghut-prod-state when ForAllValues:StringEquals dynamodb:LeadingKeys=catalog',
      'dynamodb:Query on table torghut-prod-state when ForAllValues:StringEquals dynamodb:LeadingKeys=accounts',
      'dynamodb:Query on table torghut-prod-state/index/open',
    ])
  })

  it('let only schedules of this stage take the role of the schedule', () => {
    const trust = [...resources.values()]
      .filter(({ Type }) => Type === 'AWS::IAM::Role')
      .map(({ Properties }) => JSON.stringify(Properties['AssumeRolePolicyDocument']))
      .filter((document) => document.includes('scheduler.amazonaws.com'))
    expect(trust).toHaveLength(1)
    expect(trust[0]).toContain('"aws:SourceAccount":"123456789012"')
    expect(trust[0]).toMatch(/"ArnEquals":\{"aws:SourceArn":.*schedule-group\/torghut-prod-tick"/)
  })

  it('are given only to the roles that functions and the schedule use', () => {
    const types = [...resources.values()].map(({ Type }) => Type)
    const count = (type: string): number => types.filter((one) => one === type).length
    expect(count('AWS::IAM::Role')).toBe(5)
    expect(count('AWS::Lambda::Function')).toBe(4)
    expect(types.filter((type) => /ManagedPolicy|IAM::User|CustomResource|^Custom::/.test(type))).toEqual([])
  })
})

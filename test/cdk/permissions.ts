/** Reads from a template what each of its roles may do, in the words of the permission table. */
import type { Permission } from './permission-table.ts'
import type { Resource } from './synthesize.ts'

type Resources = ReadonlyMap<string, Resource>

interface Statement {
  readonly Effect: string
  readonly Action: string | readonly string[]
  readonly Resource: unknown
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly NotAction?: unknown
  readonly NotResource?: unknown
}

/** `principal who` to `action on resource when condition`, each once, sorted. Who: the first word of the role's description. */
export function permissionsOf(resources: Resources): Readonly<Record<string, readonly string[]>> {
  const roles: Record<string, readonly string[]> = {}
  for (const [id, role] of ofType(resources, 'AWS::IAM::Role')) {
    if ('ManagedPolicyArns' in role.Properties || 'Policies' in role.Properties) {
      throw new Error(`role ${id} has permissions outside its policy`)
    }
    const granted = ofType(resources, 'AWS::IAM::Policy')
      .filter(([, policy]) => JSON.stringify(policy.Properties['Roles']) === JSON.stringify([{ Ref: id }]))
      .flatMap(([, policy]) => (policy.Properties['PolicyDocument'] as { Statement: Statement[] }).Statement)
      .flatMap((statement) => pairs(statement, resources))
    roles[`${principal(role)} ${String(role.Properties['Description']).split(':')[0]}`] = [
      ...new Set(granted),
    ].sort()
  }
  return roles
}

/** A part of the permission table in the same words. */
export function rowsOf(table: Readonly<Record<string, readonly Permission[]>>): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(table).map(([role, permissions]) => [
      role,
      [
        ...new Set(
          permissions.flatMap((permission) =>
            permission.actions.flatMap((action) =>
              permission.resources.map(
                (resource) =>
                  `${action} on ${resource}${permission.when === undefined ? '' : ` when ${permission.when}`}`,
              ),
            ),
          ),
        ),
      ].sort(),
    ]),
  )
}

function ofType(resources: Resources, type: string): [string, Resource][] {
  return [...resources].filter(([, { Type }]) => Type === type)
}

function principal(role: Resource): string {
  const trust = role.Properties['AssumeRolePolicyDocument'] as {
    Statement: { Principal: { Service: string } }[]
  }
  return trust.Statement.map(({ Principal }) => Principal.Service).join(' ')
}

function pairs(statement: Statement, resources: Resources): string[] {
  if (statement.Effect !== 'Allow' || 'NotAction' in statement || 'NotResource' in statement) {
    throw new Error(`a statement the table cannot express: ${JSON.stringify(statement)}`)
  }
  return list(statement.Action).flatMap((action) =>
    list(statement.Resource).map(
      (resource) => `${action} on ${resourceName(resource, resources)}${condition(statement)}`,
    ),
  )
}

/** Every key of every operator: all must hold. */
function condition({ Condition = {} }: Statement): string {
  const all = Object.entries(Condition).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, value]) => `${operator} ${key}=${list(value).map(plain).join(',')}`),
  )
  return all.length === 0 ? '' : ` when ${all.sort().join(' and ')}`
}

/** A condition's value: a text of which only AWS's own domain is unknown. */
function plain(value: unknown): string {
  if (typeof value === 'string') return value
  const { 'Fn::Join': join } = value as { 'Fn::Join': [string, unknown[]] }
  return join[1]
    .map((part) => ((part as { Ref?: string }).Ref === 'AWS::URLSuffix' ? 'amazonaws.com' : String(part)))
    .join(join[0])
}

function list<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [value as T]
}

/** Follows intrinsic functions to the physical name. */
function resourceName(arn: unknown, resources: Resources): string {
  if (typeof arn === 'string') return parameterName(arn)
  const {
    'Fn::GetAtt': attribute,
    'Fn::Join': join,
    Ref: reference,
  } = arn as {
    'Fn::GetAtt'?: [string, string]
    'Fn::Join'?: [string, unknown[]]
    Ref?: string
  }
  if (attribute?.[1] === 'Arn') return physicalName(attribute[0], resources)
  // a reference to a topic is its ARN
  if (reference !== undefined) return physicalName(reference, resources)
  if (join === undefined) throw new Error(`a resource the table cannot express: ${JSON.stringify(arn)}`)
  const parts = join[1].map((part) => (typeof part === 'string' ? part : resourceName(part, resources)))
  return parameterName(parts.join(join[0]))
}

function parameterName(arn: string): string {
  return arn
    .replace(/^arn:aws:ssm:us-east-1:123456789012:parameter\//, 'parameter /')
    .replace(/^arn:aws:ecr:us-east-1:123456789012:repository\//, 'repository ')
}

const NAME_PROPERTIES: Readonly<Record<string, readonly [kind: string, property: string]>> = {
  'AWS::DynamoDB::Table': ['table', 'TableName'],
  'AWS::SQS::Queue': ['queue', 'QueueName'],
  'AWS::Lambda::Function': ['function', 'FunctionName'],
  'AWS::Logs::LogGroup': ['log group', 'LogGroupName'],
  'AWS::SNS::Topic': ['topic', 'TopicName'],
}

function physicalName(id: string, resources: Resources): string {
  const resource = resources.get(id)
  if (resource?.Type === 'AWS::KMS::Key') return `key ${aliasOf(id, resources)}`
  const [kind, property] = NAME_PROPERTIES[resource?.Type ?? ''] ?? []
  if (resource === undefined || kind === undefined || property === undefined) {
    throw new Error(`a resource the table cannot express: ${id}`)
  }
  return `${kind} ${String(resource.Properties[property])}`
}

/** The alarm topic's key has no alias. */
function aliasOf(id: string, resources: Resources): string {
  const [, topic] = ofType(resources, 'AWS::SNS::Topic')[0] ?? []
  if (JSON.stringify(topic?.Properties['KmsMasterKeyId']).includes(id)) return 'of the alarm topic'
  const alias = ofType(resources, 'AWS::KMS::Alias').find(([, { Properties }]) =>
    JSON.stringify(Properties['TargetKeyId']).includes(id),
  )
  return String(alias?.[1].Properties['AliasName'])
}

/** The forwarder on Fargate in the template: nothing of it unless it is asked for, and then no more than it needs. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag'
import { describe, expect, it } from 'vitest'
import { readConfiguration } from '../../cdk/configuration.ts'
import { violationsOf } from '../support/violations.ts'
import { FORWARDER_PERMISSIONS } from './permission-table.ts'
import { permissionsOf, rowsOf } from './permissions.ts'
import { resourcesOf, synthesize, type Resource } from './synthesize.ts'

const IMAGE = '123456789012.dkr.ecr.us-east-1.amazonaws.com/torghut-forwarder:0.1.0'
const SECRET = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:AmazonMSK_updates-a1B2c3'
const KEY = 'arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d'
const PLACE = { forwarderImage: IMAGE, forwarderVpcId: 'vpc-0a1b2c3d', forwarderSubnetIds: 'subnet-0a1b2c3d' }
const KAFKA = {
  kafkaCluster: 'one.example.com:9096',
  kafkaSecretArn: SECRET,
  kafkaSecretKeyArn: KEY,
  forwarderKafkaBrokers: 'one.example.com:9096,two.example.com:9097',
}

const off = resourcesOf(synthesize({ orderFeedV2: 'true' }).template)
const one = synthesize({ ...PLACE, orderFeedV2: 'true', forwarderAccounts: 'paper' })
const two = synthesize({ ...PLACE, ...KAFKA, forwarderAccounts: 'paper,second', forwarderPublicIp: 'true' })
const ofType = (template: typeof one, type: string): Resource['Properties'][] =>
  [...resourcesOf(template.template).values()]
    .filter(({ Type }) => Type === type)
    .map(({ Properties }) => Properties)
const containerOf = (task: Resource['Properties'] = {}): Readonly<Record<string, unknown>> => {
  const [container = {}] = task['ContainerDefinitions'] as readonly Record<string, unknown>[]
  return container
}

describe('a forwarder on Fargate', () => {
  it('is not there unless it was asked for', () => {
    expect([...off.values()].map(({ Type }) => Type).filter((type) => /ECS|EC2/.test(type))).toEqual([])
  })

  it('may do what the permission table says, and nobody else gets more', () => {
    expect(permissionsOf(resourcesOf(one.template))).toEqual({
      ...permissionsOf(off),
      ...rowsOf(FORWARDER_PERMISSIONS),
    })
  })

  it('takes nothing in from the network, and goes out to HTTPS and the brokers alone', () => {
    for (const [template, allowed] of [
      [one, [443]],
      [two, [443, 9096, 9097]],
    ] as const) {
      const [group, ...others] = ofType(template, 'AWS::EC2::SecurityGroup')
      expect(others).toEqual([])
      expect(group).not.toHaveProperty('SecurityGroupIngress')
      const out = group?.['SecurityGroupEgress'] as { FromPort: number; ToPort: number; IpProtocol: string }[]
      expect(out.map(({ FromPort }) => FromPort)).toEqual(allowed)
      expect(
        out.every(({ FromPort, ToPort, IpProtocol }) => FromPort === ToPort && IpProtocol === 'tcp'),
      ).toBe(true)
      expect(ofType(template, 'AWS::EC2::SecurityGroupIngress')).toEqual([])
    }
  })

  it('has a spare for each account, where it was told to run', () => {
    expect(ofType(two, 'AWS::ECS::Service')).toMatchObject(
      ['paper', 'second'].map((account) => ({
        ServiceName: `torghut-prod-forwarder-${account}`,
        DesiredCount: 2,
        LaunchType: 'FARGATE',
        NetworkConfiguration: {
          AwsvpcConfiguration: { AssignPublicIp: 'ENABLED', Subnets: ['subnet-0a1b2c3d'] },
        },
      })),
    )
    expect(ofType(one, 'AWS::ECS::Service')[0]).toMatchObject({
      NetworkConfiguration: { AwsvpcConfiguration: { AssignPublicIp: 'DISABLED' } },
    })
  })

  it('runs the image with nothing that it does not need, says whether it is well, and has its log kept', () => {
    const [task] = ofType(one, 'AWS::ECS::TaskDefinition')
    expect(task).toMatchObject({ Cpu: '256', Memory: '512', NetworkMode: 'awsvpc' })
    expect(containerOf(task)).toMatchObject({
      Image: IMAGE,
      Command: ['node', 'bin/torghut.mjs', 'forward', '--health-port', '8080'],
      ReadonlyRootFilesystem: true,
      LinuxParameters: { Capabilities: { Drop: ['ALL'] } },
      StopTimeout: 30,
      HealthCheck: { Command: ['CMD', 'node', '-e', expect.stringContaining('127.0.0.1:8080')], Retries: 3 },
      LogConfiguration: { LogDriver: 'awslogs' },
    })
    expect(containerOf(task)['Environment']).toEqual([
      { Name: 'AWS_REGION', Value: 'us-east-1' },
      { Name: 'TORGHUT_STAGE', Value: 'prod' },
      { Name: 'TORGHUT_ACCOUNT_LABEL', Value: 'paper' },
    ])
    expect(ofType(one, 'AWS::Logs::LogGroup')).toContainEqual(
      expect.objectContaining({ LogGroupName: '/torghut/prod/forwarder', RetentionInDays: 90 }),
    )
  })

  it('writes to Kafka by the secret alone where brokers are named, and not to the queue', () => {
    const [task] = ofType(two, 'AWS::ECS::TaskDefinition')
    expect(containerOf(task)['Environment']).toContainEqual({
      Name: 'TORGHUT_KAFKA_SECRET_ARN',
      Value: SECRET,
    })
    const granted = permissionsOf(resourcesOf(two.template))
    const decrypts = `kms:Decrypt on ${KEY} when StringEquals kms:ViaService=secretsmanager.us-east-1.amazonaws.com`
    const own = granted['ecs-tasks.amazonaws.com torghut-prod-forwarder-second'] ?? []
    expect(own.filter((permission) => /sqs|secretsmanager/.test(permission))).toEqual([
      decrypts,
      `secretsmanager:GetSecretValue on ${SECRET}`,
    ])
    expect(granted['lambda.amazonaws.com torghut-prod-order-feed']).toContain(decrypts)
    // each reads its own account's credentials
    expect(own.filter((permission) => permission.includes('credentials/'))).toEqual([
      'ssm:GetParameter on parameter /torghut-credentials/prod/second',
    ])
  })

  it('can be run for nobody but tasks of this account', () => {
    const trusts = ofType(one, 'AWS::IAM::Role')
      .map(({ AssumeRolePolicyDocument }) => JSON.stringify(AssumeRolePolicyDocument))
      .filter((document) => document.includes('ecs-tasks'))
    expect(trusts).toHaveLength(2)
    for (const trust of trusts) {
      expect(trust).toContain('"aws:SourceAccount":"123456789012"')
      expect(trust).toMatch(/"aws:SourceArn":.*:ecs:us-east-1:123456789012:\*/)
    }
  })

  it('leaves cdk-nag nothing that is not acknowledged with a reason', () => {
    const packs = [new AwsSolutionsChecks(), new ServerlessChecks()]
    for (const { stack } of [one, two]) {
      expect(packs.flatMap((pack) => pack.validateScope(stack).violations)).toEqual([])
    }
  })
})

describe('the recipe of the image', () => {
  const recipe = readFileSync(join(import.meta.dirname, '../../Dockerfile'), 'utf8').replaceAll('\\\n', ' ')
  const steps = recipe.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  const last = (word: string): string => steps.findLast((step) => step.startsWith(`${word} `)) ?? ''

  it('runs as nobody in particular, what the task runs, and is as well as the task says', () => {
    const container = containerOf(ofType(one, 'AWS::ECS::TaskDefinition')[0])
    const { Command = [] } = container['HealthCheck'] as { Command?: readonly string[] }
    expect(last('USER')).toBe('USER 1000')
    expect(JSON.parse(last('CMD').slice('CMD '.length))).toEqual(container['Command'])
    expect(JSON.parse(last('HEALTHCHECK').split(' CMD ')[1] ?? '')).toEqual(Command.slice(1))
  })

  it('names the versions that it builds on, installs what is locked, and holds no secret', () => {
    expect(
      steps.filter((step) => step.startsWith('FROM ')).every((step) => /^FROM node:\d+-slim/.test(step)),
    ).toBe(true)
    expect(steps.filter((step) => step.includes('npm ')).every((step) => step.includes('npm ci'))).toBe(true)
    expect(steps.filter((step) => /^(ARG|ENV|ADD)\b/.test(step))).toEqual([])
  })
})

describe('what the context says of the forwarder', () => {
  const refused = (context: Record<string, string>) =>
    violationsOf(() =>
      readConfiguration((name) => ({ stage: 'dev', region: 'us-east-1', ...context })[name], {}),
    ).map(({ path }) => path)

  it.each([
    [
      { forwarderAccounts: 'paper,paper', forwarderImage: 'torghut', orderFeedV2: 'true' },
      ['forwarderAccounts', 'forwarderImage', 'forwarderVpcId', 'forwarderSubnetIds'],
    ],
    [{ ...PLACE, forwarderAccounts: 'paper' }, ['forwarderKafkaBrokers']],
    [
      { ...PLACE, forwarderAccounts: 'paper', forwarderKafkaBrokers: 'one.example.com:9096' },
      ['forwarderKafkaBrokers'],
    ],
    [{ ...PLACE, forwarderAccounts: '-', orderFeedV2: 'true' }, ['forwarderAccounts']],
    [{ forwarderPublicIp: 'yes' }, ['forwarderPublicIp']],
  ])('is refused with all that is wrong: %j', (context, paths) => {
    expect(refused(context)).toEqual(expect.arrayContaining(paths))
  })
})

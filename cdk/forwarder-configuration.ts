/**
 * Which accounts' trade updates a forwarder in this stage forwards, as CDK context says it: `forwarderAccounts`, and where it
 * runs: `forwarderImage`, `forwarderVpcId`, `forwarderSubnetIds`, `forwarderPublicIp`; `forwarderKafkaBrokers` where the
 * updates go to Kafka.
 */
import { parseAccountLabel, type AccountLabel } from '../lib/domain/account-label.ts'
import { KAFKA_BROKER } from '../lib/domain/kafka.ts'
import type { Checked } from './checked.ts'

export interface ForwarderConfiguration {
  readonly accounts: readonly AccountLabel[]
  /** In ECR, in whose registry and repository, with its tag or digest. */
  readonly image: EcrImage
  readonly vpcId: string
  readonly subnetIds: readonly string[]
  /** Whether tasks have public addresses: in public subnets they reach nothing without. */
  readonly publicIp: boolean
  /** Null: updates go to the queue. */
  readonly kafkaBrokers: readonly string[] | null
}

export interface EcrImage {
  readonly uri: string
  readonly account: string
  readonly region: string
  readonly repository: string
}

const IMAGE =
  /^(?<account>\d{12})\.dkr\.ecr\.(?<region>[a-z0-9-]+)\.amazonaws\.com\/(?<repository>[a-z0-9._/-]+)(?::[\w.-]{1,128}|@sha256:[0-9a-f]{64})$/
const VPC = /^vpc-[0-9a-f]{8,17}$/
const SUBNET = /^subnet-[0-9a-f]{8,17}$/
const NAMES = [
  'forwarderAccounts',
  'forwarderImage',
  'forwarderVpcId',
  'forwarderSubnetIds',
  'forwarderKafkaBrokers',
]

export interface Destinations {
  readonly orderFeedV2: boolean
  readonly hasKafkaSecret: boolean
}

/** Null: this stage has no forwarder. */
export function forwarderConfiguration(
  text: (name: string, fallback: string) => string,
  flag: (name: string, fallback: boolean) => boolean,
  checked: Checked,
  { orderFeedV2, hasKafkaSecret }: Destinations,
): ForwarderConfiguration | null {
  const publicIp = flag('forwarderPublicIp', false)
  const [accounts = '', image = '', vpcId = '', subnets = '', brokers = ''] = NAMES.map((name) =>
    text(name, ''),
  )
  if ([accounts, image, vpcId, subnets, brokers].every((one) => one === '') && !publicIp) return null
  const labels = accounts.split(',').map(parseAccountLabel)
  const subnetIds = subnets.split(',')
  const servers = brokers === '' ? null : brokers.split(',')
  const isReachable =
    servers === null ? orderFeedV2 : hasKafkaSecret && servers.every((server) => KAFKA_BROKER.test(server))
  return {
    accounts: checked(
      'forwarderAccounts',
      accounts,
      'labels of accounts, each once, separated by commas',
      labels.every((label) => label !== null) && new Set(labels).size === labels.length ? labels : null,
    ),
    image: checked(
      'forwarderImage',
      image,
      'an image in ECR, <account>.dkr.ecr.<region>.amazonaws.com/<repository>:<tag> or @sha256:<digest>',
      ecrImage(image),
    ),
    vpcId: checked('forwarderVpcId', vpcId, 'a VPC, vpc-<id>', VPC.test(vpcId) ? vpcId : null),
    subnetIds: checked(
      'forwarderSubnetIds',
      subnets,
      'subnets of that VPC, subnet-<id>, separated by commas',
      subnetIds.every((id) => SUBNET.test(id)) ? subnetIds : null,
    ),
    publicIp,
    kafkaBrokers: checked(
      'forwarderKafkaBrokers',
      brokers,
      'bootstrap servers such as one.example.com:9096,two.example.com:9096, with kafkaSecretArn; or none, with orderFeedV2=true',
      isReachable ? { servers } : null,
    ).servers,
  }
}

function ecrImage(uri: string): EcrImage | null {
  const { account, region, repository } = IMAGE.exec(uri)?.groups ?? {}
  if (account === undefined || region === undefined || repository === undefined) return null
  return { uri, account, region, repository }
}

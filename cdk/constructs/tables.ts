/**
 * State table and signal table (docs/architecture.md#state).
 *
 * Invariants: point-in-time recovery is always on; except in a stage that may be thrown away, a table cannot be
 * deleted by mistake and survives the stack (cdk/removal-policies.ts).
 */
import { AttributeType, BillingMode, ProjectionType, Table } from 'aws-cdk-lib/aws-dynamodb'
import type { TableProps } from 'aws-cdk-lib/aws-dynamodb'
import type { IGrantable } from 'aws-cdk-lib/aws-iam'
import { Construct } from 'constructs'
import type { AccountLabel } from '../../lib/domain/account-label.ts'
import {
  ACCOUNTS_PARTITION,
  accountPartition,
  CATALOG_PARTITION,
  FORWARDERS_PARTITION,
  OPEN_INDEX,
  WAITING_TICK_PARTITION,
} from '../../lib/deployment/names.ts'
import type { DeploymentNames } from '../../lib/deployment/names.ts'
import { grant } from './grant.ts'

const READ = ['dynamodb:GetItem', 'dynamodb:Query']
const WRITE = ['dynamodb:PutItem', 'dynamodb:UpdateItem']

export interface TablesProps {
  readonly names: DeploymentNames
  /** Whether a table that is to be deleted must be released first. */
  readonly keep: boolean
  /** Wins over everything set here, for both tables. */
  readonly overrides?: Partial<TableProps>
}

export class Tables extends Construct {
  readonly state: Table
  readonly signals: Table

  constructor(scope: Construct, id: string, { names, keep, overrides }: TablesProps) {
    super(scope, id)
    const common = {
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      timeToLiveAttribute: 'expires_at',
      deletionProtection: keep,
    } as const

    this.state = new Table(this, 'State', {
      ...common,
      tableName: names.stateTable,
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      ...overrides,
    })
    this.state.addGlobalSecondaryIndex({
      indexName: OPEN_INDEX,
      partitionKey: { name: 'open_pk', type: AttributeType.STRING },
      sortKey: { name: 'open_sk', type: AttributeType.STRING },
      projectionType: ProjectionType.ALL,
    })

    this.signals = new Table(this, 'Signals', {
      ...common,
      tableName: names.signalTable,
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.NUMBER },
      ...overrides,
    })
  }

  /** Which catalog is current, the account roster, and what work is open: nothing else of the table. */
  grantDispatch(grantee: IGrantable): void {
    this.grantReadCatalog(grantee)
    grant(grantee, ['dynamodb:Query'], [this.state.tableArn], {
      'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [ACCOUNTS_PARTITION] },
    })
    this.grantQueryOpen(grantee)
  }

  /** Which ticks after signals wait, and nothing else of an account. */
  grantNoteWaitingTicks(grantee: IGrantable): void {
    grant(grantee, ['dynamodb:PutItem'], [this.state.tableArn], {
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [`${WAITING_TICK_PARTITION}*`] },
    })
  }

  /** The strategy catalog, and nothing else of the table. */
  grantReadCatalog(grantee: IGrantable): void {
    // every key of the request must be the catalog's (DynamoDB, "Using IAM policy conditions")
    grant(grantee, ['dynamodb:GetItem'], [this.state.tableArn], {
      'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [CATALOG_PARTITION] },
    })
  }

  grantReadWriteState(grantee: IGrantable): void {
    grant(grantee, [...READ, ...WRITE], [this.state.tableArn])
    this.grantQueryOpen(grantee)
  }

  /** One account's lease and open orders, and the account roster: nothing else of the table. */
  grantForward(grantee: IGrantable, account: AccountLabel): void {
    const keys = (...partitions: string[]) => ({
      'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': partitions },
    })
    const lease = ['dynamodb:GetItem', ...WRITE]
    grant(grantee, lease, [this.state.tableArn], keys(FORWARDERS_PARTITION))
    grant(grantee, ['dynamodb:Query'], [this.state.tableArn], keys(ACCOUNTS_PARTITION))
    const index = `${this.state.tableArn}/index/${OPEN_INDEX}`
    grant(grantee, ['dynamodb:Query'], [index], keys(accountPartition(account)))
  }

  grantReadSignals(grantee: IGrantable): void {
    grant(grantee, READ, [this.signals.tableArn])
  }

  grantAppendSignals(grantee: IGrantable): void {
    grant(grantee, [...READ, ...WRITE], [this.signals.tableArn])
  }

  /** As `grantAppendSignals`, and what its folds know, of many series in one request. */
  grantProduceSignals(grantee: IGrantable): void {
    grant(grantee, [...READ, 'dynamodb:BatchGetItem', ...WRITE], [this.signals.tableArn])
  }

  private grantQueryOpen(grantee: IGrantable): void {
    grant(grantee, ['dynamodb:Query'], [`${this.state.tableArn}/index/${OPEN_INDEX}`])
  }
}

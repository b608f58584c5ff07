/**
 * State table and signal table (docs/architecture.md#state).
 *
 * Invariants: point-in-time recovery is always on; except in a stage that may be thrown away, a table survives
 * the stack and cannot be deleted by mistake. Grants name actions and resources one by one, never a wildcard.
 */
import { RemovalPolicy } from 'aws-cdk-lib'
import { AttributeType, BillingMode, ProjectionType, Table } from 'aws-cdk-lib/aws-dynamodb'
import type { TableProps } from 'aws-cdk-lib/aws-dynamodb'
import { Grant } from 'aws-cdk-lib/aws-iam'
import type { IGrantable } from 'aws-cdk-lib/aws-iam'
import { Construct } from 'constructs'
import { OPEN_INDEX } from '../../lib/deployment/names.ts'
import type { DeploymentNames } from '../../lib/deployment/names.ts'

const READ = ['dynamodb:GetItem', 'dynamodb:Query']
const WRITE = ['dynamodb:PutItem', 'dynamodb:UpdateItem']

export interface TablesProps {
  readonly names: DeploymentNames
  /** Whether data outlives the stack. */
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
      removalPolicy: keep ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
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

  grantReadState(grantee: IGrantable): void {
    grant(grantee, READ, this.state.tableArn)
    grant(grantee, ['dynamodb:Query'], `${this.state.tableArn}/index/${OPEN_INDEX}`)
  }

  grantReadWriteState(grantee: IGrantable): void {
    this.grantReadState(grantee)
    grant(grantee, WRITE, this.state.tableArn)
  }

  grantReadSignals(grantee: IGrantable): void {
    grant(grantee, READ, this.signals.tableArn)
  }

  grantAppendSignals(grantee: IGrantable): void {
    this.grantReadSignals(grantee)
    grant(grantee, WRITE, this.signals.tableArn)
  }
}

function grant(grantee: IGrantable, actions: string[], resource: string): void {
  Grant.addToPrincipal({ grantee, actions, resourceArns: [resource] }).assertSuccess()
}

/**
 * What outlives its stack, decided in one place for every resource, so that no construct can forget it: CDK's own
 * defaults keep keys and schedule groups, whose names or costs would then stand in the way of the next deployment.
 *
 * Invariants: in a stage that is kept, tables, the kill switch and the key of the credentials stay; everything else
 * goes with the stack, and in a stage that may be thrown away everything does. A replacement never deletes a
 * parameter.
 *
 * `RetainExceptOnCreate` keeps a resource but for a first deployment that fails, whose leftovers would block the
 * next one (CloudFormation, "DeletionPolicy attribute"). Tables are kept then, too: their deletion protection would
 * only turn the rollback into a failed one. All three can be imported again where their name is known
 * (CloudFormation, "Import AWS resources into a CloudFormation stack automatically"); a key has none.
 */
import { CfnDeletionPolicy, CfnResource } from 'aws-cdk-lib'
import type { IAspect } from 'aws-cdk-lib'
import type { IConstruct } from 'constructs'

const KEPT: Readonly<Record<string, CfnDeletionPolicy>> = {
  'AWS::DynamoDB::Table': CfnDeletionPolicy.RETAIN,
  'AWS::KMS::Key': CfnDeletionPolicy.RETAIN_EXCEPT_ON_CREATE,
  'AWS::SSM::Parameter': CfnDeletionPolicy.RETAIN_EXCEPT_ON_CREATE,
}

export class RemovalPolicies implements IAspect {
  private readonly keep: boolean
  private readonly going: readonly IConstruct[]

  /**
   * @param keep whether the stage's data outlives its stack
   * @param going constructs that hold no data although their type might
   */
  constructor(keep: boolean, going: readonly IConstruct[]) {
    this.keep = keep
    this.going = going
  }

  visit(node: IConstruct): void {
    if (!CfnResource.isCfnResource(node)) return
    const goes = !this.keep || this.going.some((construct) => node.node.scopes.includes(construct))
    const kept = goes ? undefined : KEPT[node.cfnResourceType]
    node.cfnOptions.deletionPolicy = kept ?? CfnDeletionPolicy.DELETE
    const replaceable = kept === undefined && node.cfnResourceType !== 'AWS::SSM::Parameter'
    node.cfnOptions.updateReplacePolicy = replaceable ? CfnDeletionPolicy.DELETE : CfnDeletionPolicy.RETAIN
  }
}

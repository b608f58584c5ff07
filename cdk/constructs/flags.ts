/**
 * The flag tree in Parameter Store (docs/architecture.md#flags). Operators own it; the stack creates exactly one
 * parameter, the global kill switch, as `true`.
 *
 * Invariant: a deploy never resets a flipped flag. CloudFormation compares templates, not the stored value, so
 * it writes this parameter again only if its own definition changes: the definition below is constant for a
 * stage (a test pins it), has no description and no tags that one might edit, and its logical id does not
 * depend on where it stands in the tree. A replacement never deletes the old one. When the stack is deleted the
 * parameter stays, except where data may be thrown away; absent counts as on.
 */
import { CfnDeletionPolicy, Stack } from 'aws-cdk-lib'
import { Grant } from 'aws-cdk-lib/aws-iam'
import type { IGrantable } from 'aws-cdk-lib/aws-iam'
import { CfnParameter } from 'aws-cdk-lib/aws-ssm'
import { Construct } from 'constructs'
import type { DeploymentNames } from '../../lib/deployment/names.ts'
import { parameterArn } from './parameter-arn.ts'

export interface FlagsProps {
  readonly names: DeploymentNames
  /** Whether the kill switch outlives the stack. */
  readonly keep: boolean
}

export class Flags extends Construct {
  readonly path: string

  constructor(scope: Construct, id: string, { names, keep }: FlagsProps) {
    super(scope, id)
    this.path = names.flagsPath
    const killSwitch = new CfnParameter(this, 'KillSwitch', {
      name: names.killSwitchParameter,
      type: 'String',
      value: 'true',
    })
    killSwitch.overrideLogicalId('GlobalKillSwitch')
    killSwitch.cfnOptions.deletionPolicy = keep ? CfnDeletionPolicy.RETAIN : CfnDeletionPolicy.DELETE
    killSwitch.cfnOptions.updateReplacePolicy = CfnDeletionPolicy.RETAIN
  }

  /** All flags of the stage, by path. */
  grantRead(grantee: IGrantable): void {
    this.#grant(grantee, 'ssm:GetParametersByPath', [this.path, `${this.path}/*`])
  }

  /** Those that are asked for by name, in one request: what permits an order, and what order-feed needs. */
  grantReadNamed(grantee: IGrantable): void {
    this.#grant(grantee, 'ssm:GetParameters', [`${this.path}/*`])
  }

  #grant(grantee: IGrantable, action: string, paths: readonly string[]): void {
    const resourceArns = paths.map((path) => parameterArn(Stack.of(this), path))
    Grant.addToPrincipal({ grantee, actions: [action], resourceArns }).assertSuccess()
  }
}

/**
 * The flag tree in Parameter Store (docs/architecture.md#flags). Operators own it; the stack creates exactly one
 * parameter, the global kill switch, as `true`.
 *
 * Invariant: a deploy never resets a flipped flag. CloudFormation compares templates, not the stored value, so
 * it writes this parameter again only if its own definition changes: the definition below is constant for a
 * stage (a test pins it), has no description and no tags that one might edit, and its logical id does not
 * depend on where it stands in the tree. A replacement never deletes the old one. Whether it outlives the stack:
 * cdk/removal-policies.ts; absent counts as on.
 */
import { Stack } from 'aws-cdk-lib'
import type { IGrantable } from 'aws-cdk-lib/aws-iam'
import { CfnParameter } from 'aws-cdk-lib/aws-ssm'
import { Construct } from 'constructs'
import type { DeploymentNames } from '../../lib/deployment/names.ts'
import { grant, parameterArn } from './grant.ts'

export interface FlagsProps {
  readonly names: DeploymentNames
}

export class Flags extends Construct {
  readonly path: string

  constructor(scope: Construct, id: string, { names }: FlagsProps) {
    super(scope, id)
    this.path = names.flagsPath
    const killSwitch = new CfnParameter(this, 'KillSwitch', {
      name: names.killSwitchParameter,
      type: 'String',
      value: 'true',
    })
    killSwitch.overrideLogicalId('GlobalKillSwitch')
  }

  /** All flags of the stage, by path. */
  grantRead(grantee: IGrantable): void {
    const stack = Stack.of(this)
    const tree = [parameterArn(stack, this.path), parameterArn(stack, `${this.path}/*`)]
    grant(grantee, ['ssm:GetParametersByPath'], tree)
  }

  /** Those that are asked for by name, in one request: what permits an order, and what order-feed needs. */
  grantReadNamed(grantee: IGrantable): void {
    grant(grantee, ['ssm:GetParameters'], [parameterArn(Stack.of(this), `${this.path}/*`)])
  }
}

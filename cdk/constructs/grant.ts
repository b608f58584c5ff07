/**
 * How every construct gives permissions: actions and resources one by one, never a wildcard but a path's suffix in
 * Parameter Store, under conditions where the service sends what they ask for. Each shows in the permission table
 * (`test/cdk/permission-table.ts`).
 */
import type { Stack } from 'aws-cdk-lib'
import { Grant } from 'aws-cdk-lib/aws-iam'
import type { IGrantable } from 'aws-cdk-lib/aws-iam'

type Conditions = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>

/** @throws Error when the grantee cannot be given it, instead of leaving it out */
export function grant(
  grantee: IGrantable,
  actions: readonly string[],
  resources: readonly string[],
  conditions?: Conditions,
): Grant {
  const given = Grant.addToPrincipal({
    grantee,
    actions: [...actions],
    resourceArns: [...resources],
    ...(conditions === undefined ? {} : { conditions: { ...conditions } }),
  })
  given.assertSuccess()
  return given
}

/** @param path with its leading slash; may end in `/*` for everything beneath it */
export function parameterArn(stack: Stack, path: string): string {
  return stack.formatArn({ service: 'ssm', resource: 'parameter', resourceName: path.slice(1) })
}

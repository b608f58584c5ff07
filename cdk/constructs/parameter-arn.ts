/** ARNs in Parameter Store. */
import type { Stack } from 'aws-cdk-lib'

/** @param path with its leading slash; may end in `/*` for everything beneath it */
export function parameterArn(stack: Stack, path: string): string {
  return stack.formatArn({ service: 'ssm', resource: 'parameter', resourceName: path.slice(1) })
}

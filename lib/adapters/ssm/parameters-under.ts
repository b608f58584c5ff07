/** All pages of the parameters under a path. */
import { GetParametersByPathCommand, type Parameter, type SSMClient } from '@aws-sdk/client-ssm'

/** `path` has no trailing slash. */
export async function parametersUnder(ssm: SSMClient, path: string): Promise<readonly Parameter[]> {
  const parameters: Parameter[] = []
  let token: string | undefined
  do {
    const page = await ssm.send(
      new GetParametersByPathCommand({ Path: path, Recursive: true, NextToken: token, MaxResults: 10 }),
    )
    parameters.push(...(page.Parameters ?? []))
    token = page.NextToken
  } while (token !== undefined)
  return parameters
}

/** Their values by name beneath the path. */
export function valuesByName(parameters: readonly Parameter[], path: string): Record<string, string> {
  const values: Record<string, string> = {}
  for (const { Name, Value } of parameters) {
    if (Name !== undefined && Value !== undefined) values[Name.slice(path.length + 1)] = Value
  }
  return values
}

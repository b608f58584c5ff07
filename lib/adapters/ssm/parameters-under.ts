/** All pages of the parameters under a path. */
import {
  GetParametersByPathCommand,
  type GetParametersByPathCommandOutput,
  type Parameter,
} from '@aws-sdk/client-ssm'

/** `path` has no trailing slash; `send` asks for one page. */
export async function parametersUnder(
  path: string,
  send: (page: GetParametersByPathCommand) => Promise<GetParametersByPathCommandOutput>,
): Promise<readonly Parameter[]> {
  const parameters: Parameter[] = []
  let token: string | undefined
  do {
    const page = await send(
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

/** The services behind a deployed function in one process: its tables in memory, parameters by name, a queue that takes all. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { SQSClient } from '@aws-sdk/client-sqs'
import { GetParameterCommand, GetParametersCommand, ParameterNotFound, SSMClient } from '@aws-sdk/client-ssm'
import { vi } from 'vitest'
import { functionSurroundings } from '../../bench/function-surroundings.ts'
import type { FunctionName } from '../../lib/domain/deployment-parts.ts'
import { SimulatedDynamoClient } from './simulated-dynamodb/client.ts'
import type { Attributes } from './simulated-dynamodb/evaluate.ts'
import { SimulatedTable } from './simulated-dynamodb/table.ts'

export interface FunctionServices {
  /** By full name. */
  readonly parameters: Map<string, string>
  /** The lines of its log. */
  readonly logged: string[]
  /** Every item as it was written, in order. */
  readonly written: Attributes[]
  /** The operations that DynamoDB was asked for. */
  readonly operations: string[]
  readonly dynamo: DynamoDBClient
  /** Whether a write to this sort key fails; none does unless told. */
  failWrite: (sortKey: string) => boolean
}

/** Puts them in the place of AWS until mocks are restored. A function is to be imported after this. */
export function serveFunction(name: FunctionName): FunctionServices {
  const quiet = { POWERTOOLS_DEV: 'true', POWERTOOLS_METRICS_DISABLED: 'true' }
  for (const [key, value] of Object.entries({ ...functionSurroundings(name), ...quiet }))
    vi.stubEnv(key, value)
  const logged: string[] = []
  for (const level of ['log', 'info', 'warn', 'error'] as const) {
    vi.spyOn(console, level).mockImplementation((line: unknown) => logged.push(String(line)))
  }
  const parameters = new Map<string, string>()
  const written: Attributes[] = []
  const operations: string[] = []
  const tables = [new SimulatedTable('state'), new SimulatedTable('signals')]
  for (const table of tables) {
    table.onWrite = (_table, _before, after) => {
      if (after !== null) written.push(after)
    }
  }
  const simulated = new SimulatedDynamoClient(tables, async ({ operation, subject, perform }) => {
    operations.push(operation)
    if (operation === 'PutItem' && services.failWrite(subject)) throw new Error('not stored')
    return perform(Date.now(), Infinity)
  })
  replaceSend(DynamoDBClient.prototype, (command) => simulated.send(command))
  replaceSend(SSMClient.prototype, async (command) => answerOf(command, parameters))
  replaceSend(SQSClient.prototype, async () => ({ QueueUrl: 'https://queue.invalid/some' }))
  const services: FunctionServices = {
    parameters,
    logged,
    written,
    operations,
    dynamo: simulated.asClient(),
    failWrite: () => false,
  }
  return services
}

function replaceSend(client: object, send: (command: unknown) => Promise<unknown>): void {
  vi.spyOn(client as { send: (command: unknown) => Promise<unknown> }, 'send').mockImplementation(send)
}

function answerOf(command: unknown, parameters: ReadonlyMap<string, string>): unknown {
  if (command instanceof GetParametersCommand) {
    const { Names = [] } = command.input
    const found = Names.filter((name) => parameters.has(name))
    return { Parameters: found.map((name) => ({ Name: name, Value: parameters.get(name), Version: 1 })) }
  }
  if (command instanceof GetParameterCommand) {
    const { Name = '' } = command.input
    const value = parameters.get(Name)
    if (value === undefined) throw new ParameterNotFound({ message: Name, $metadata: {} })
    return { Parameter: { Name, Value: value } }
  }
  const all = [...parameters].map(([Name, Value]) => ({ Name, Value }))
  return { Parameters: all.filter(({ Name }) => !Name.includes('credentials')) }
}

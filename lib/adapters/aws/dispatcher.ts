/** Invokes the dispatcher with the event that EventBridge Scheduler would send, but for its source. */
import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda'
import type { DeploymentNames } from '../../deployment/names.ts'
import { parseJson } from '../../domain/parse-json.ts'
import { isMap } from '../../formats/codec.ts'
import { OPERATOR_SOURCE } from '../../domain/deployment-parts.ts'
import { formatInstant } from '../../domain/time.ts'
import type { Dispatcher } from '../../ports/dispatcher.ts'
import { type AwsPlace, callAws } from './calls.ts'

export function lambdaDispatcher(lambda: LambdaClient, place: AwsPlace, names: DeploymentNames): Dispatcher {
  const name = names.function('dispatch')
  return {
    dispatch: async (at) => {
      const event = {
        version: '0',
        'detail-type': 'Scheduled Event',
        source: OPERATOR_SOURCE,
        time: formatInstant(at),
        detail: '{}',
      }
      const command = new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(event) })
      const { FunctionError, Payload } = await callAws(
        place,
        `invoking ${name}`,
        () => lambda.send(command),
        {
          errors: ['ResourceNotFoundException'],
          what: `function ${name}`,
        },
      )
      const text = Payload === undefined ? '' : new TextDecoder().decode(Payload)
      if (FunctionError !== undefined) return { kind: 'failed', error: errorOf(text) }
      const payload = text === '' ? null : parseJson(text)
      return { kind: 'answered', payload: payload === undefined ? text : payload }
    },
  }
}

/** Lambda reports `{errorType, errorMessage, trace}`; a person wants the message. */
function errorOf(text: string): string {
  const report = parseJson(text)
  const message = isMap(report) ? report['errorMessage'] : undefined
  return typeof message === 'string' ? message : text
}

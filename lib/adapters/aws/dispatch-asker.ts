/**
 * Hands the dispatcher an event, and does not wait for what it makes of it: Lambda queues it
 * (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html).
 */
import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda'
import type { AppendedSignals } from '../../domain/appended-signals.ts'
import { UnavailableError } from '../../domain/errors.ts'
import { encodeAppended } from '../../formats/appended-event.ts'
import type { DispatchAsker } from '../../ports/dispatch-asker.ts'

export class LambdaDispatchAsker implements DispatchAsker {
  readonly #lambda: Pick<LambdaClient, 'send'>
  readonly #dispatcher: string

  /** @param dispatcher the function's name */
  constructor(lambda: Pick<LambdaClient, 'send'>, dispatcher: string) {
    this.#lambda = lambda
    this.#dispatcher = dispatcher
  }

  async askFor(signals: AppendedSignals): Promise<void> {
    const input = {
      FunctionName: this.#dispatcher,
      InvocationType: 'Event',
      Payload: encodeAppended(signals),
    } as const
    try {
      await this.#lambda.send(new InvokeCommand(input))
    } catch (cause) {
      throw new UnavailableError('the dispatcher cannot be reached', { cause })
    }
  }
}

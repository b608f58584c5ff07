/**
 * What a run needs of the AWS clients' packages: what a command was made with, and the errors of the services. The packages'
 * own commands bring machinery that sends them, and a simulated client sends nothing. The tests run the simulator with the
 * packages themselves.
 */
class Command {
  input

  constructor(input) {
    this.input = input
  }
}

class ServiceError extends Error {
  constructor({ message, ...told }) {
    super(message)
    Object.assign(this, told, { name: new.target.name, $fault: 'client' })
  }
}

export class BatchGetItemCommand extends Command {}
export class DeleteItemCommand extends Command {}
export class GetItemCommand extends Command {}
export class PutItemCommand extends Command {}
export class QueryCommand extends Command {}
export class UpdateItemCommand extends Command {}
export class ConditionalCheckFailedException extends ServiceError {}
export class ResourceNotFoundException extends ServiceError {}

export class InvokeCommand extends Command {}

export class ChangeMessageVisibilityBatchCommand extends Command {}
export class DeleteMessageBatchCommand extends Command {}
export class GetQueueAttributesCommand extends Command {}
export class GetQueueUrlCommand extends Command {}
export class ReceiveMessageCommand extends Command {}
export class SendMessageBatchCommand extends Command {}
export class QueueDoesNotExist extends ServiceError {}
export class SQSClient {
  send() {
    throw new Error('a run reaches nothing outside')
  }
}

export class DeleteParameterCommand extends Command {}
export class GetParameterCommand extends Command {}
export class GetParametersByPathCommand extends Command {}
export class GetParametersCommand extends Command {}
export class PutParameterCommand extends Command {}
export class ParameterNotFound extends ServiceError {}

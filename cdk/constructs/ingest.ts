/**
 * Signals in (docs/architecture.md#ingest): one group per source, appended in order, poison records never stop
 * the rest.
 */
import type { NodejsFunction, NodejsFunctionProps } from 'aws-cdk-lib/aws-lambda-nodejs'
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources'
import { Construct } from 'constructs'
import type { Dispatch } from './dispatch.ts'
import type { Tables } from './tables.ts'
import { TIMEOUTS, TorghutFunction } from './torghut-function.ts'
import type { FunctionDefaults } from './torghut-function.ts'
import { INPUT, WorkQueue } from './work-queue.ts'

/** Sources are few; one batch per source runs at a time anyway. */
const MAXIMUM_CONCURRENCY = 5

export interface IngestProps {
  readonly defaults: FunctionDefaults
  readonly tables: Tables
  /** Who ticks the lanes after signals; null: the schedule alone does. */
  readonly dispatch: Dispatch | null
  /** Wins over everything set here. */
  readonly overrides?: Partial<NodejsFunctionProps>
}

export class Ingest extends Construct {
  readonly queue: WorkQueue
  readonly function: NodejsFunction

  constructor(scope: Construct, id: string, { defaults, tables, dispatch, overrides }: IngestProps) {
    super(scope, id)
    this.queue = new WorkQueue(this, 'Queue', {
      names: defaults.names,
      name: 'signals',
      functionTimeout: TIMEOUTS.ingest,
      patience: INPUT,
    })
    this.function = new TorghutFunction(this, 'Function', {
      defaults,
      name: 'ingest',
      timeout: TIMEOUTS.ingest,
      environment: {
        SIGNAL_TABLE_NAME: tables.signals.tableName,
        TORGHUT_RETENTION_DAYS: String(defaults.retentionDays),
        ...(dispatch === null ? {} : { DISPATCH_FUNCTION_NAME: dispatch.function.functionName }),
      },
      ...(overrides === undefined ? {} : { overrides }),
    }).function
    this.function.addEventSource(
      new SqsEventSource(this.queue.queue, {
        batchSize: 10,
        maxConcurrency: MAXIMUM_CONCURRENCY,
        reportBatchItemFailures: true,
      }),
    )
    tables.grantAppendSignals(this.function)
    dispatch?.grantAsk(this.function)
  }
}

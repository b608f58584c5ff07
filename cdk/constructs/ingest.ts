/**
 * Signals in (docs/architecture.md#ingest): one group per source, appended in order, poison records never stop
 * the rest.
 */
import type { NodejsFunction, NodejsFunctionProps } from 'aws-cdk-lib/aws-lambda-nodejs'
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources'
import { Construct } from 'constructs'
import type { Tables } from './tables.ts'
import { TIMEOUTS, TorghutFunction } from './torghut-function.ts'
import type { FunctionDefaults } from './torghut-function.ts'
import { INPUT, WorkQueue } from './work-queue.ts'

/** Sources are few; one batch per source runs at a time anyway. */
const MAXIMUM_CONCURRENCY = 5

export interface IngestProps {
  readonly defaults: FunctionDefaults
  readonly tables: Tables
  /** Wins over everything set here. */
  readonly overrides?: Partial<NodejsFunctionProps>
}

export class Ingest extends Construct {
  readonly queue: WorkQueue
  readonly function: NodejsFunction

  constructor(scope: Construct, id: string, { defaults, tables, overrides }: IngestProps) {
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
  }
}

/**
 * Who may do what: every action of every role that the stack makes. The only wildcards are path suffixes in
 * Parameter Store and the streams of a function's own log group.
 */
export interface Permission {
  readonly actions: readonly string[]
  readonly resources: readonly string[]
  /** What the request must say of itself, in the words of `permissions.ts`. */
  readonly when?: string
}

const STATE = 'table torghut-prod-state'
const OPEN_INDEX = 'table torghut-prod-state/index/open'
const SIGNALS = 'table torghut-prod-signals'
const FLAGS = 'parameter /torghut/prod/flags'
const READ = ['dynamodb:GetItem', 'dynamodb:Query']
const WRITE = ['dynamodb:PutItem', 'dynamodb:UpdateItem']
const WRITE_LOG = ['logs:CreateLogStream', 'logs:PutLogEvents']
const CONSUME = [
  'sqs:ReceiveMessage',
  'sqs:ChangeMessageVisibility',
  'sqs:GetQueueUrl',
  'sqs:DeleteMessage',
  'sqs:GetQueueAttributes',
]
const READ_FLAGS: Permission = { actions: ['ssm:GetParametersByPath'], resources: [FLAGS, `${FLAGS}/*`] }
const READ_NAMED_FLAGS: Permission = { actions: ['ssm:GetParameters'], resources: [`${FLAGS}/*`] }

/** What a digest adds. */
export const DIGEST_PERMISSIONS: Readonly<Record<string, readonly Permission[]>> = {
  'lambda.amazonaws.com torghut-prod-digest': [
    { actions: WRITE_LOG, resources: ['log group /torghut/prod/digest'] },
    {
      actions: ['logs:FilterLogEvents'],
      resources: ['log group /torghut/prod/lane', 'log group /torghut/prod/order-feed'],
    },
    { actions: ['sns:Publish'], resources: ['topic torghut-prod-alarms'] },
    {
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      resources: ['key of the alarm topic'],
      when: 'StringEquals kms:ViaService=sns.us-east-1.amazonaws.com',
    },
  ],
  'scheduler.amazonaws.com torghut-prod-digest': [
    { actions: ['lambda:InvokeFunction'], resources: ['function torghut-prod-digest'] },
  ],
}

/** What ticks after signals add. */
export const SIGNAL_TICK_PERMISSIONS: Readonly<Record<string, readonly Permission[]>> = {
  'lambda.amazonaws.com torghut-prod-dispatch': [
    {
      actions: ['dynamodb:PutItem'],
      resources: [STATE],
      when: 'ForAllValues:StringLike dynamodb:LeadingKeys=waiting_tick#*',
    },
  ],
  'lambda.amazonaws.com torghut-prod-ingest': [
    { actions: ['lambda:InvokeFunction'], resources: ['function torghut-prod-dispatch'] },
  ],
}

/** What the deployment's own producer of bars adds, with the key of account `paper`. */
export const MARKET_DATA_PERMISSIONS: Readonly<Record<string, readonly Permission[]>> = {
  'lambda.amazonaws.com torghut-prod-market-data': [
    { actions: WRITE_LOG, resources: ['log group /torghut/prod/market-data'] },
    {
      actions: ['dynamodb:GetItem'],
      resources: [STATE],
      when: 'ForAllValues:StringEquals dynamodb:LeadingKeys=catalog',
    },
    { actions: [...READ, 'dynamodb:BatchGetItem', ...WRITE], resources: [SIGNALS] },
    READ_NAMED_FLAGS,
    { actions: ['ssm:GetParameter'], resources: ['parameter /torghut-credentials/prod/paper'] },
    {
      actions: ['kms:Decrypt'],
      resources: ['key alias/torghut-prod-credentials'],
      when: 'StringEquals kms:ViaService=ssm.us-east-1.amazonaws.com',
    },
    { actions: ['lambda:InvokeFunction'], resources: ['function torghut-prod-dispatch'] },
  ],
  'scheduler.amazonaws.com torghut-prod-market-data': [
    { actions: ['lambda:InvokeFunction'], resources: ['function torghut-prod-market-data'] },
  ],
}

/** What a forwarder of one account adds, that writes to the queue. */
export const FORWARDER_PERMISSIONS: Readonly<Record<string, readonly Permission[]>> = {
  'ecs-tasks.amazonaws.com torghut-prod-forwarder-paper': [
    {
      actions: ['dynamodb:GetItem', ...WRITE],
      resources: [STATE],
      when: 'ForAllValues:StringEquals dynamodb:LeadingKeys=forwarders',
    },
    {
      actions: ['dynamodb:Query'],
      resources: [STATE],
      when: 'ForAllValues:StringEquals dynamodb:LeadingKeys=accounts',
    },
    {
      actions: ['dynamodb:Query'],
      resources: [OPEN_INDEX],
      when: 'ForAllValues:StringEquals dynamodb:LeadingKeys=account#paper',
    },
    READ_FLAGS,
    { actions: ['ssm:GetParameter'], resources: ['parameter /torghut-credentials/prod/paper'] },
    {
      actions: ['kms:Decrypt'],
      resources: ['key alias/torghut-prod-credentials'],
      when: 'StringEquals kms:ViaService=ssm.us-east-1.amazonaws.com',
    },
    { actions: ['lambda:GetFunctionConfiguration'], resources: ['function torghut-prod-lane'] },
    {
      actions: ['sqs:GetQueueUrl', 'sqs:SendMessage'],
      resources: ['queue torghut-prod-order-feed-v2.fifo'],
    },
  ],
  'ecs-tasks.amazonaws.com torghut-prod-forwarder-paper-start': [
    {
      actions: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchCheckLayerAvailability'],
      resources: ['repository torghut-forwarder'],
    },
    { actions: ['ecr:GetAuthorizationToken'], resources: ['*'] },
    { actions: WRITE_LOG, resources: ['log group /torghut/prod/forwarder'] },
  ],
}

export const PERMISSION_TABLE: Readonly<Record<string, readonly Permission[]>> = {
  'lambda.amazonaws.com torghut-prod-dispatch': [
    { actions: WRITE_LOG, resources: ['log group /torghut/prod/dispatch'] },
    {
      actions: ['dynamodb:GetItem'],
      resources: [STATE],
      when: 'ForAllValues:StringEquals dynamodb:LeadingKeys=catalog',
    },
    {
      actions: ['dynamodb:Query'],
      resources: [STATE],
      when: 'ForAllValues:StringEquals dynamodb:LeadingKeys=accounts',
    },
    { actions: ['dynamodb:Query'], resources: [OPEN_INDEX] },
    READ_FLAGS,
    { actions: ['sqs:SendMessage'], resources: ['queue torghut-prod-lane.fifo'] },
  ],
  'lambda.amazonaws.com torghut-prod-lane': [
    { actions: WRITE_LOG, resources: ['log group /torghut/prod/lane'] },
    { actions: CONSUME, resources: ['queue torghut-prod-lane.fifo'] },
    { actions: [...READ, ...WRITE], resources: [STATE] },
    { actions: ['dynamodb:Query'], resources: [OPEN_INDEX] },
    { actions: READ, resources: [SIGNALS] },
    READ_NAMED_FLAGS,
    { actions: ['ssm:GetParameter'], resources: ['parameter /torghut-credentials/prod/*'] },
    {
      actions: ['kms:Decrypt'],
      resources: ['key alias/torghut-prod-credentials'],
      when: 'StringEquals kms:ViaService=ssm.us-east-1.amazonaws.com',
    },
  ],
  'lambda.amazonaws.com torghut-prod-ingest': [
    { actions: WRITE_LOG, resources: ['log group /torghut/prod/ingest'] },
    { actions: CONSUME, resources: ['queue torghut-prod-signals.fifo'] },
    { actions: [...READ, ...WRITE], resources: [SIGNALS] },
  ],
  'lambda.amazonaws.com torghut-prod-order-feed': [
    { actions: WRITE_LOG, resources: ['log group /torghut/prod/order-feed'] },
    {
      actions: CONSUME,
      resources: ['queue torghut-prod-order-feed-v1.fifo', 'queue torghut-prod-order-feed-v2.fifo'],
    },
    { actions: [...READ, ...WRITE], resources: [STATE] },
    { actions: ['dynamodb:Query'], resources: [OPEN_INDEX] },
    READ_NAMED_FLAGS,
  ],
  'scheduler.amazonaws.com torghut-prod-tick': [
    { actions: ['lambda:InvokeFunction'], resources: ['function torghut-prod-dispatch'] },
  ],
}

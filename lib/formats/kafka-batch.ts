/**
 * A batch of records as Lambda hands over what it has read from a topic
 * (docs.aws.amazon.com/lambda/latest/dg/with-msk.html, "Example event"), as far as it is looked at.
 */
import { ConfigurationError } from '../domain/errors.ts'
import { decodeWith, list, mapOf, nullable, optional, plain, text } from './codec.ts'
import { record } from './codec-records.ts'
import { formatPath } from './violations.ts'

export interface KafkaRecord {
  readonly topic: string
  readonly offset: number
  /** In Base64; null: a tombstone. */
  readonly value: string | null
}

/** By partition, in their order. */
export type KafkaBatch = Readonly<Record<string, readonly KafkaRecord[]>>

const batch = record<{ readonly records: KafkaBatch }>(
  {
    records: mapOf(
      list(
        record<KafkaRecord>(
          {
            topic: text(),
            offset: plain<number>('a record’s offset', (it) => Number.isSafeInteger(it) && Number(it) >= 0),
            value: optional(nullable(text())),
          },
          { open: true },
        ),
      ),
      'lists of records by partition',
    ),
  },
  { open: true },
)

/** @throws ConfigurationError naming each part that is wrong: nothing of such a batch can be asked for again by its place */
export function readKafkaBatch(event: unknown): KafkaBatch {
  const decoded = decodeWith(batch, event, (path) => formatPath(path) || '(event)')
  if (decoded.kind === 'invalid') throw new ConfigurationError('The batch of records', decoded.violations)
  return decoded.value.records
}

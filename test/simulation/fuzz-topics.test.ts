/**
 * Whatever comes as a batch of a topic's records is taken, record by record, or refused as a whole in words before anything
 * is done; what is to come again is named by a place that the batch has. 100,000 of them, from `TORGHUT_FUZZ_SEED`.
 */
import type { Context } from 'aws-lambda'
import { expect, it } from 'vitest'
import { consumeKafka, isKafka } from '../../functions/wiring/consume-kafka.ts'
import { ConfigurationError, UnavailableError } from '../../lib/domain/errors.ts'
import { spoilt, spoiltText } from '../support/fuzz.ts'
import { Stream } from './sim/random.ts'

const BATCHES = 100_000
const SEED = Number(process.env['TORGHUT_FUZZ_SEED'] ?? 20_260_210)
const TOPIC = 'torghut.trade-updates.v2'
const context = { getRemainingTimeInMillis: () => 30_000 } as Context
const silent = { count: () => {}, measure: () => {}, record: () => {} }

const recordAt = (partition: number, offset: number, value: string | null) => ({
  topic: TOPIC,
  partition,
  offset,
  timestamp: 1_770_735_000_000,
  timestampType: 'CREATE_TIME',
  key: 'YWxwaGE=',
  value: value === null ? null : Buffer.from(value).toString('base64'),
  headers: [{ source: [97, 108] }],
})
const UPDATE = { event: 'fill', order: { id: 'o-1' }, account_label: 'alpha' }

/** Three partitions' records, one of them a tombstone, in an event of a cluster of either kind. */
function anEvent(random: Stream): object {
  const texts = [0, 1, 2, 3].map(() =>
    random.chance(0.5) ? JSON.stringify(UPDATE) : spoiltText(UPDATE, random),
  )
  const records = {
    [`${TOPIC}-0`]: [
      recordAt(0, 700, texts[0] ?? ''),
      recordAt(0, 701, null),
      recordAt(0, 702, texts[1] ?? ''),
    ],
    [`${TOPIC}-1`]: [recordAt(1, 0, texts[2] ?? '')],
    [`${TOPIC}-2`]: [recordAt(2, 2 ** 40, texts[3] ?? '')],
  }
  return random.chance(0.5)
    ? {
        eventSource: 'aws:kafka',
        eventSourceArn: 'arn:aws:kafka:::cluster/a',
        bootstrapServers: 'b',
        records,
      }
    : { eventSource: 'SelfManagedKafka', bootstrapServers: 'b', records }
}

function placesOf({ records }: { readonly records: unknown }): ReadonlySet<string> {
  const partitions = Object.entries(records as Record<string, readonly { readonly offset: number }[]>)
  return new Set(partitions.flatMap(([name, rows]) => rows.map(({ offset }) => `${name} ${offset}`)))
}

it(
  'is taken or refused with what is wrong, and nothing is done with what is refused',
  { timeout: 900_000 },
  async () => {
    const random = new Stream(SEED)
    const counts = { taken: 0, handedBack: 0, refused: 0, others: 0 }
    for (let index = 0; index < BATCHES; index += 1) {
      const whole = anEvent(random)
      const event = random.chance(0.2) ? whole : spoilt(whole, random)
      if (typeof event !== 'object' || event === null || !isKafka(event)) {
        counts.others += 1
        continue
      }
      const consumed: string[] = []
      const where = `batch ${index} of seed ${SEED}`
      try {
        const { batchItemFailures } = await consumeKafka(event, context, silent, async ({ text }) => {
          consumed.push(text)
          if (random.chance(0.2)) throw new UnavailableError('busy')
        })
        const places = placesOf(event)
        const named = batchItemFailures.map(
          ({ itemIdentifier: { partition, offset } }) => `${partition} ${offset}`,
        )
        const partitions = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier.partition))
        if (named.some((place) => !places.has(place)) || partitions.size !== named.length) {
          throw new Error(`${where} is asked for again at ${named.join()}`)
        }
        counts.taken += 1
        counts.handedBack += Number(named.length > 0)
      } catch (error) {
        if (!(error instanceof ConfigurationError))
          throw new Error(`${where} is not refused in words`, { cause: error })
        const isSaid = error.violations.every(
          ({ path, found, allowed }) => path !== '' && found !== '' && allowed !== '',
        )
        if (error.violations.length === 0 || !isSaid)
          throw new Error(`${where} is refused without a reason`, { cause: error })
        if (consumed.length > 0)
          throw new Error(`${where} was refused after ${consumed.length} records`, { cause: error })
        counts.refused += 1
      }
    }
    for (const count of Object.values(counts)) expect(count).toBeGreaterThan(BATCHES / 100)
  },
)

/** Which faults of Kafka's client are answers that it could not read, and what is told of each (lib/adapters/kafka/kafka-faults.ts). */
import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { isUnreadable, reasonOf } from '../../lib/adapters/kafka/kafka-faults.ts'

function faultOf(work: () => unknown): Error {
  try {
    work()
  } catch (error) {
    return error as Error
  }
  throw new Error('there was no fault')
}

/** As the client gives it: a list of attempts, each with what went wrong. */
const sent = (fault: Error): Error => new AggregateError([new AggregateError([fault])], 'Producing failed.')
const coded = (message: string, code: string): Error => Object.assign(new Error(message), { code })

describe('a fault of the client', () => {
  it.each<[string, Error]>([
    ['its own buffers', coded('Out of bounds.', 'OUT_OF_BOUNDS')],
    ['beyond the end of the bytes', faultOf(() => Buffer.alloc(2).readInt32BE(0))],
    ['a length that is none', faultOf(() => Buffer.alloc(-3))],
    ['a number of an error that nobody knows', faultOf(() => (undefined as unknown as { id: 1 }).id)],
  ])('is an answer that cannot be read: %s', (_, fault) => {
    expect(isUnreadable(sent(fault))).toBe(true)
    expect(reasonOf(sent(fault))).toContain(`cannot be read, as when partitions move (${fault.message})`)
  })

  it.each<[string, Error]>([
    ['nobody listens', coded('connect ECONNREFUSED 127.0.0.1:1', 'ECONNREFUSED')],
    ['a port that is none', faultOf(() => connect(70_000))],
    ['no answer in time', new Error('no answer within 2500 ms')],
  ])('is not, and is told in its own words: %s', (_, fault) => {
    expect(isUnreadable(sent(fault))).toBe(false)
    expect(reasonOf(sent(fault))).toBe(fault.message)
  })
})

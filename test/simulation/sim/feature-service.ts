/**
 * A feature flag service outside of the stage, such as Flipt: it is asked about one account at a time, may hang, be down,
 * answer with what nobody can read, and its flag may go off and on. How the answers of a real one are read is tested with
 * its adapter (test/contract/feature-flags.test.ts).
 */
import type { FeatureFlags, FeatureReading } from '../../../lib/ports/feature-flags.ts'
import type { Invocation } from './host.ts'
import type { Requests } from './requests.ts'

interface Answer {
  readonly status: number
  readonly body: string
}

const TIMEOUT_MS = 2000
/** There are few requests to it. */
const WEIGHT = 12
const NOT_FOUND: Answer = { status: 404, body: '{"errorCode":"FLAG_NOT_FOUND"}' }
const GARBLED: Answer = { status: 200, body: '{"value":"tr' }

export class FeatureService {
  isOn = true

  /** It as an invocation reaches it. */
  connect(requests: Requests, running: () => Invocation): FeatureFlags {
    return {
      read: async (key, entity) => {
        const invocation = running()
        const reading = await this.#ask(requests, invocation, key, entity)
        if (reading.kind === 'on') invocation.featureOn.add(entity)
        return reading
      },
    }
  }

  async #ask(
    requests: Requests,
    invocation: Invocation,
    key: string,
    entity: string,
  ): Promise<FeatureReading> {
    try {
      const answer = await requests.send<Answer>(invocation, {
        service: 'features',
        operation: `POST /ofrep/v1/evaluate/flags/${key}`,
        subject: entity,
        isWrite: false,
        timeoutMs: TIMEOUT_MS,
        weight: WEIGHT,
        faults: ['flag_gone', 'flag_gone', 'flag_gone', 'flag_garbled', 'flag_garbled', 'flag_garbled'],
        perform: () => ({ status: 200, body: JSON.stringify({ value: this.isOn }) }),
        throttled: () => ({ status: 429, body: '' }),
        special: (fault) => ({
          takesEffect: false,
          give: () => (fault === 'flag_gone' ? NOT_FOUND : GARBLED),
        }),
      })
      return readingOf(answer)
    } catch {
      return { kind: 'unreadable', reason: 'no answer' }
    }
  }
}

function readingOf({ status, body }: Answer): FeatureReading {
  if (status === NOT_FOUND.status && body === NOT_FOUND.body) return { kind: 'off' }
  if (status !== 200 || body === GARBLED.body) return { kind: 'unreadable', reason: `status ${status}` }
  return { kind: body === '{"value":true}' ? 'on' : 'off' }
}

/** Tells the subscribers of a topic (SNS, "Publish"). */
import type { Notifier } from '../../ports/notifier.ts'
import { callAws } from './calls.ts'
import { OPERATOR_LIMITS } from './client-settings.ts'
import { querySns, type SnsPlace } from './sns-query.ts'

export function topicNotifier(place: SnsPlace): Notifier {
  return {
    publish: async (subject, text) => {
      const message = { Action: 'Publish', Subject: subject, Message: text }
      const { requestTimeoutMs } = OPERATOR_LIMITS
      await callAws(place, `publishing to ${place.topicArn}`, () =>
        querySns(place, message, requestTimeoutMs),
      )
    },
  }
}

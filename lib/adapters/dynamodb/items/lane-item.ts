/** Item kind `trade_cursor`: the lane item with its cursor, circuits and unsettled executions. */
import type { AccountLabel } from '../../../domain/account-label.ts'
import {
  type AskedNote,
  type CircuitState,
  type CircuitStates,
  type Cooldowns,
  type Lane,
  type LaneNotes,
  NO_NOTES,
} from '../../../domain/lane.ts'
import type { SentRequests } from '../../../domain/request-budget.ts'
import {
  type Codec,
  instantText,
  integer,
  list,
  mapOf,
  optional,
  orElse,
  text,
} from '../../../formats/codec.ts'
import { record } from '../../../formats/codec-records.ts'
import { type ItemKey, defineItem } from '../table/item.ts'
import { packable } from '../table/packable.ts'
import { accountPartition } from './shared.ts'

export const circuits: Codec<CircuitStates> = packable(
  mapOf(record<CircuitState>({ consecutiveErrors: integer, openUntil: optional(instantText) })),
)

export const cooldowns: Codec<Cooldowns> = packable(mapOf(instantText))

const requests = list(record<SentRequests>({ until: instantText, count: integer }))

export const notes = record<LaneNotes>({
  revision: integer,
  requests,
  reconciledTo: optional(text()),
  asked: optional(
    record<AskedNote>({
      version: integer,
      timedOut: mapOf(integer),
      present: optional(record<NonNullable<AskedNote['present']>>({ strategyId: text(), position: integer })),
    }),
  ),
  sweptTo: optional(instantText),
})

/** Not stored before there is one, as on every lane of earlier releases. */
function ifAny<T>(codec: Codec<T>, none: T, isNone: (value: T) => boolean): Codec<T> {
  return {
    encode: (value) => (isNone(value) ? undefined : codec.encode(value)),
    decode: orElse(codec, none).decode,
  }
}

export function laneKey(account: AccountLabel, source: string): ItemKey {
  return { pk: accountPartition(account), sk: `trade_cursor#${source}` }
}

/** This item alone has the account's label as `account_label`. */
export const laneItem = defineItem<Lane>({
  name: 'lane',
  schema: 1,
  codec: record<Lane>({
    accountLabel: text(),
    source: text(),
    version: integer,
    cursor: integer,
    circuits,
    cooldowns,
    unsettled: list(text()),
    lastTickAt: optional(instantText),
    halted: optional(text()),
    requests: ifAny(requests, [], ({ length }) => length === 0),
    notes: ifAny(notes, NO_NOTES, ({ revision }) => revision === 0),
  }),
  key: ({ accountLabel, source }) => laneKey(accountLabel, source),
})

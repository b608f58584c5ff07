/**
 * Identities: hashes over injectively encoded fields (each field is preceded by its length, so no two
 * different field lists share an encoding).
 *
 * Invariants: a decision's id holds no quantity, price or parameter (docs/architecture.md#identity); a client order
 * id is a function of the decision id alone and at most 48 characters long.
 */
import { hash } from 'node:crypto'
import type { AccountLabel } from './account-label.ts'
import type { EpochMs } from './time.ts'

declare const idBrand: unique symbol
type Id<Name extends string> = string & { readonly [idBrand]: Name }

/** 64 hex characters. */
export type SignalId = Id<'signal'>
/** 64 hex characters. */
export type DecisionId = Id<'decision'>
/** Ours, chosen before the order exists; at most 48 characters. */
export type ClientOrderId = Id<'client-order'>
/** The broker's (the venue order id). */
export type AlpacaOrderId = Id<'alpaca-order'>
/** Hash of a strategy catalog's contents. */
export type CatalogHash = Id<'catalog'>
/** Hash of the accounts of a roster, 16 hex characters. */
export type RosterRevision = Id<'roster'>

/** The origin of a decision that stands for several strategies; no strategy may use it as its id. */
export const AGGREGATED_ORIGIN = 'aggregated'

export function sha256Hex(text: string): string {
  return hash('sha256', text, 'hex')
}

/** Encodes a list of texts so that different lists never encode alike. */
export function encodeFields(...fields: readonly string[]): string {
  let encoded = ''
  for (const field of fields) encoded += `${field.length}:${field}`
  return encoded
}

/** What makes an observation the same one again, whatever its payload says. */
export interface SignalIdentity {
  readonly source: string
  readonly symbol: string
  readonly timeframe: string
  readonly eventTs: EpochMs
  /** The producer's sequence number. */
  readonly seq: number
}

export function signalId(signal: SignalIdentity): SignalId {
  const { source, symbol, timeframe, eventTs, seq } = signal
  return sha256Hex(
    encodeFields('signal', source, symbol, timeframe, String(eventTs), String(seq)),
  ) as SignalId
}

export function decisionId(
  account: AccountLabel,
  signal: SignalId,
  horizon: string,
  origin: string,
): DecisionId {
  return sha256Hex(encodeFields('decision', account, signal, horizon, origin)) as DecisionId
}

const OUR_PREFIX = 'tg-'

/** Whether an order at the broker carries a client order id of our making. */
export function isOurs(id: ClientOrderId): boolean {
  return id.startsWith(OUR_PREFIX)
}

/** `tg-` and 40 hex characters (160 bits) of the decision id. */
export function clientOrderId(decision: DecisionId): ClientOrderId {
  return `${OUR_PREFIX}${decision.slice(0, 40)}` as ClientOrderId
}

/** What the id of the decision behind a client order id of ours begins with. */
export function decisionIdStart(id: ClientOrderId): string {
  return id.slice(OUR_PREFIX.length)
}

export function asClientOrderId(text: string): ClientOrderId {
  return text as ClientOrderId
}

export function asAlpacaOrderId(text: string): AlpacaOrderId {
  return text as AlpacaOrderId
}

export function asCatalogHash(text: string): CatalogHash {
  return text as CatalogHash
}

/** What of JSON Schema a plugin may say of its parameters (docs/plugins.md). */
import type { Json } from '../domain/signal.ts'

export const JSON_TYPES = ['string', 'number', 'integer', 'boolean', 'array', 'object', 'null'] as const
export type JsonType = (typeof JSON_TYPES)[number]

export interface JsonSchema {
  readonly type?: JsonType | readonly JsonType[]
  readonly enum?: readonly Json[]
  /** Of numbers, and of texts of the format `decimal`. */
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly exclusiveMaximum?: number
  /** `decimal`: a text that is a decimal number. */
  readonly format?: 'decimal'
  readonly pattern?: string
  readonly items?: JsonSchema
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  /** False unless it says otherwise: what `properties` does not name is refused. */
  readonly additionalProperties?: boolean
  /** For people. */
  readonly title?: string
  readonly description?: string
  readonly default?: Json
}

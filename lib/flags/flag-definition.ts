/** What a flag or setting is: its name, what it may be, what it is without anybody's word. */
import type { FlagKind } from './kinds.ts'

export interface FlagDefinition<Value = unknown> {
  readonly name: string
  readonly kind: FlagKind<Value>
  /** As text, in the form in which it could be written. */
  readonly default: string
}

export function flag<Value>(name: string, kind: FlagKind<Value>, fallback: string): FlagDefinition<Value> {
  return { name, kind, default: fallback }
}

/** A strategy's fields: as a file and `--json` write them, and as the catalog stores them. */
import { NAME_PATTERN } from '../domain/patterns.ts'
import type { StrategyDefinition } from '../domain/strategy-definition.ts'
import {
  type Codec,
  type FieldCodecs,
  type RecordCodec,
  flag,
  json,
  list,
  mapOf,
  nullable,
  orElse,
  text,
} from './codec.ts'
import { mapped, record } from './codec-records.ts'
import { symbolText } from './symbol-codec.ts'

/** How a medium writes what a strategy may leave open, its symbols, and its parameters. */
interface Medium {
  readonly symbols: Codec<readonly string[]>
  readonly open: <T>(codec: Codec<T>) => Codec<T | null>
  readonly params: Codec<StrategyDefinition['params']>
}

export function strategyFields({ open, symbols, params }: Medium): FieldCodecs<StrategyDefinition> {
  const words = (allowed: string) => text(allowed, /^\S(.*\S)?$/)
  return {
    id: text('a name of letters, digits, _ . and -', NAME_PATTERN),
    name: words('a text'),
    strategyType: words("a plugin's id as text"),
    version: words("an exact version as text, such as '1.0.0'"),
    enabled: flag,
    baseTimeframe: words("a timeframe as text, such as '1Min'"),
    universeSymbols: open(symbols),
    legacyFallback: open(flag),
    params,
  }
}

/** An entry of a strategies file: everything is written, what may be open need not be there. */
export const strategyEntry: RecordCodec<StrategyDefinition> = record(
  strategyFields({
    open: (codec) => orElse(nullable(codec), null),
    symbols: mapped(
      list(symbolText, 'a list of symbols, or null for all'),
      (symbols) => symbols,
      (symbols) => [...new Set(symbols)],
    ),
    params: orElse(mapOf(json(), 'a mapping of names to JSON values'), {}),
  }),
)

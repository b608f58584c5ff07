/**
 * Reads a strategies file (docs/architecture.md#files): a YAML or JSON list of strategies. Whether a
 * strategy's plugin exists is not asked here; the registry knows.
 *
 * Invariants: ids are unique and never `aggregated`; every violation names file, line and path.
 */
import { LineCounter, isNode, parseDocument, type Document } from 'yaml'
import * as z from 'zod/mini'
import { ConfigurationError, type Violation } from '../domain/errors.ts'
import { AGGREGATED_ORIGIN } from '../domain/ids.ts'
import type { StrategyDefinition } from '../domain/strategy-definition.ts'
import { NAME_PATTERN, SYMBOL_PATTERN } from '../domain/patterns.ts'
import { describeFound, formatPath, schemaViolations, violation } from './violations.ts'

const text = (allowed: string) => z.string(allowed).check(z.regex(/^\S(.*\S)?$/, allowed))
const FIELDS = [
  'id',
  'name',
  'strategy_type',
  'version',
  'enabled',
  'base_timeframe',
  'universe_symbols',
  'legacy_fallback',
  'params',
]
const ID = 'a name of letters, digits, _ . and -'
const PARAMS = 'a mapping of names to JSON values'

const strategySchema = z.strictObject(
  {
    id: z.string(ID).check(z.regex(NAME_PATTERN, ID)),
    name: text('a text'),
    strategy_type: text("a plugin's id as text"),
    version: text("an exact version as text, such as '1.0.0'"),
    enabled: z.boolean('true, false'),
    base_timeframe: text("a timeframe as text, such as '1Min'"),
    universe_symbols: z.nullish(
      z.array(
        z.string('a symbol').check(z.regex(SYMBOL_PATTERN, 'a symbol')),
        'a list of symbols, or null for all',
      ),
    ),
    legacy_fallback: z.nullish(z.boolean('true, false, or null for the default')),
    params: z.nullish(z.record(z.string(), z.json(), PARAMS)),
  },
  `a strategy: ${FIELDS.join(', ')}`,
)
const listSchema = z.array(strategySchema, 'a list of strategies')

/**
 * Reads the text of a strategies file; `file` is its name for messages. Strategies keep the file's order.
 * @throws ConfigurationError with every violation.
 */
export function parseStrategies(text: string, file: string): StrategyDefinition[] {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const syntax = document.errors.map((error) =>
    violation(`${file}:${lines.linePos(error.pos[0]).line}`, error.message, 'YAML or JSON'),
  )
  if (syntax.length > 0) throw refused(file, syntax)
  const content = toPlainValue(document, file)
  const locate = (path: readonly PropertyKey[]) =>
    `${file}:${lineOf(document, lines, path)} ${formatPath(path)}`.trimEnd()
  const parsed = listSchema.safeParse(content)
  const violations = parsed.success ? [] : schemaViolations(content, parsed.error.issues, FIELDS, locate)
  violations.push(...idViolations(content, locate))
  if (!parsed.success || violations.length > 0) throw refused(file, violations)
  return parsed.data.map((entry) => ({
    id: entry.id,
    name: entry.name,
    strategyType: entry.strategy_type,
    version: entry.version,
    enabled: entry.enabled,
    baseTimeframe: entry.base_timeframe,
    universeSymbols: entry.universe_symbols ?? null,
    legacyFallback: entry.legacy_fallback ?? null,
    params: entry.params ?? {},
  }))
}

function toPlainValue(document: Document, file: string): unknown {
  try {
    return document.toJS()
  } catch (cause) {
    // an alias without its anchor, or aliases that unfold without end
    throw refused(file, [violation(file, 'aliases that cannot be resolved', 'YAML or JSON')], cause)
  }
}

function idViolations(content: unknown, locate: (path: readonly PropertyKey[]) => string): Violation[] {
  if (!Array.isArray(content)) return []
  const firstWithId = new Map<string, number>()
  return content.flatMap((entry: unknown, index) => {
    const id = (entry as { id?: unknown } | null)?.id
    if (typeof id !== 'string') return []
    const place = locate([index, 'id'])
    if (id === AGGREGATED_ORIGIN) return [violation(place, 'the reserved id "aggregated"', 'any other id')]
    const first = firstWithId.get(id)
    if (first === undefined) {
      firstWithId.set(id, index)
      return []
    }
    return [violation(place, `${describeFound(id)}, as in [${first}]`, 'an id that no other strategy has')]
  })
}

/** The line of the deepest node on the path that exists. */
function lineOf(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true)
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line
  }
  return 1
}

function refused(file: string, violations: readonly Violation[], cause?: unknown): ConfigurationError {
  return new ConfigurationError(`The strategies file ${file}`, violations, {
    cause,
    advice: 'Correct the file; `torghut strategies validate FILE` checks it again.',
  })
}

/**
 * Reads a strategies file (docs/architecture.md#files): a YAML or JSON list of strategies. Whether a
 * strategy's plugin exists is not asked here; the registry knows.
 *
 * Invariants: ids are unique and never `aggregated`; every violation names file, line and path.
 */
import { distance } from 'fastest-levenshtein'
import { LineCounter, isNode, parseDocument, type Document } from 'yaml'
import { ConfigurationError, type Violation } from '../domain/errors.ts'
import { AGGREGATED_ORIGIN } from '../domain/ids.ts'
import {
  STRATEGY_CAPS,
  type StrategyCap,
  readStrategyCap,
  type StrategyDefinition,
} from '../domain/strategy-definition.ts'
import { decodeWith, list } from './codec.ts'
import { strategyEntry } from './strategy-codec.ts'
import { describeFound, formatPath, violation } from './violations.ts'

/** A whole file, and what `strategies list --json` prints. */
export const strategyEntries = list(strategyEntry, 'a list of strategies')
/** Letters that differ between a misspelt limit and its name. */
const MOST_SLIPS = 3

/**
 * Reads the text of a strategies file; `file` is its name for messages. Strategies keep the file's order.
 * @throws ConfigurationError with every violation.
 */
export function parseStrategies(text: string, file: string): readonly StrategyDefinition[] {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const syntax = document.errors.map((error) =>
    violation(`${file}:${lines.linePos(error.pos[0]).line}`, error.message, 'YAML or JSON'),
  )
  if (syntax.length > 0) throw refused(file, syntax)
  const content = toPlainValue(document, file)
  const locate = (path: readonly PropertyKey[]) =>
    `${file}:${lineOf(document, lines, path)} ${formatPath(path)}`.trimEnd()
  const decoded = decodeWith(strategyEntries, content, locate)
  const violations = decoded.kind === 'invalid' ? [...decoded.violations] : []
  violations.push(...idViolations(content, locate), ...capViolations(content, locate))
  if (decoded.kind === 'invalid' || violations.length > 0) throw refused(file, violations)
  return decoded.value
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

/** A limit that means nothing, or whose name is misspelt, would be no limit at all. */
function capViolations(content: unknown, locate: (path: readonly PropertyKey[]) => string): Violation[] {
  if (!Array.isArray(content)) return []
  const caps = Object.keys(STRATEGY_CAPS) as StrategyCap[]
  return content.flatMap((entry: unknown, index) => {
    const params = (entry as { params?: unknown } | null)?.params
    if (typeof params !== 'object' || params === null || Array.isArray(params)) return []
    const values = params as StrategyDefinition['params']
    const unreadable = caps
      .filter((cap) => readStrategyCap(values, cap) === 'unreadable')
      .map((cap) =>
        violation(locate([index, 'params', cap]), describeFound(values[cap]), STRATEGY_CAPS[cap].allowed),
      )
    const misspelt = Object.keys(values).flatMap((name) => {
      const meant = caps.includes(name as StrategyCap) ? undefined : nearName(name, caps)
      const found = `the unknown limit ${describeFound(name)}`
      return meant === undefined ? [] : [violation(locate([index, 'params', name]), found, meant, meant)]
    })
    return [...unreadable, ...misspelt]
  })
}

/** Near enough to be a slip of the pen, whatever the case and the separators; a plugin's own names are farther off. */
function nearName(name: string, names: readonly string[]): string | undefined {
  const plain = (text: string) => text.replaceAll(/[^A-Za-z0-9]/g, '').toLowerCase()
  return names.find((known) => distance(plain(name), plain(known)) <= MOST_SLIPS)
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

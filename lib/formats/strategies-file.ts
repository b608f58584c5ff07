/**
 * Reads a strategies file (docs/architecture.md#files): a YAML or JSON list of strategies. Whether a
 * strategy's plugin exists is not asked here; the registry knows.
 *
 * Invariants: ids are unique and never `aggregated`; every violation names file, line and path.
 */
import { LineCounter, isNode, parseDocument, type Document } from 'yaml'
import { ConfigurationError, type Violation } from '../domain/errors.ts'
import { AGGREGATED_ORIGIN } from '../domain/ids.ts'
import type { StrategyDefinition } from '../domain/strategy-definition.ts'
import { decodeWith, list } from './codec.ts'
import { strategyEntry } from './strategy-codec.ts'
import { describeFound, formatPath, violation } from './violations.ts'

/** A whole file, and what `strategies list --json` prints. */
export const strategyEntries = list(strategyEntry, 'a list of strategies')

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
  violations.push(...idViolations(content, locate))
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

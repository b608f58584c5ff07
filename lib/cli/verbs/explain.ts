/** `torghut explain`: why a decision came out as it did, from its sealed cycle. */
import type { AccountLabel } from '../../domain/account-label.ts'
import { collect } from '../../domain/collect.ts'
import type { Decision } from '../../domain/decision.ts'
import { ConfigurationError } from '../../domain/errors.ts'
import { asEpochMs } from '../../domain/time.ts'
import { describeFound, violation } from '../../formats/violations.ts'
import { explainDecisions } from '../../replay/explain/explain-decisions.ts'
import { explanationInWords, type Section } from '../../replay/explain/explanation-in-words.ts'
import { type Explanation, explanation } from '../../replay/explain/explanation.ts'
import type { CliContext } from '../context.ts'
import { asSealed, type SealedLanes, type SealedLanesOptions, withSealedLanes } from '../sealed-lanes.ts'
import { EXIT, type ExitCode } from '../terminal/exit-codes.ts'
import type { Output } from '../terminal/output.ts'

/** What is shorter could be anything. */
const SHORTEST = 6
const CLIENT_ORDER_PREFIX = 'tg-'

export async function explainDecision(
  context: CliContext,
  options: SealedLanesOptions,
  name = '',
): Promise<ExitCode> {
  const { output } = context
  const explained = await withSealedLanes(
    context,
    options,
    () => asEpochMs(0),
    (lanes) => explainNamed(lanes, name),
  )
  if (options.json) await output.printJson(explanation.encode(explained))
  else for (const section of explanationInWords(explained)) await printSection(section, output)
  return EXIT.ok
}

async function explainNamed(lanes: SealedLanes, name: string): Promise<Explanation> {
  const { account, decision } = await findDecision(lanes, name)
  const execution = await lanes.stores.executions.readExecution(account, decision.clientOrderId)
  const asked = {
    account,
    source: decision.source,
    isAsked: ({ decisionId }: Decision) => decisionId === decision.decisionId,
  }
  for await (const one of explainDecisions(asked, () => execution ?? undefined, asSealed(lanes))) return one
  throw notFound(
    name,
    'its cycle is no longer stored',
    'Ask about a younger one: `torghut decisions` lists them.',
  )
}

/** By the decision's id, the client order id, or the beginning of either. @throws ConfigurationError */
async function findDecision(
  { stores, accounts }: SealedLanes,
  name: string,
): Promise<{ readonly account: AccountLabel; readonly decision: Decision }> {
  const start = name.startsWith(CLIENT_ORDER_PREFIX) ? name.slice(CLIENT_ORDER_PREFIX.length) : name
  const advice = '`torghut decisions` lists them with their ids.'
  if (!/^[0-9a-f]+$/.test(start) || start.length < SHORTEST) {
    throw notFound(name, `the id of a decision, or its first ${SHORTEST} characters or more`, advice)
  }
  const found: { readonly account: AccountLabel; readonly decision: Decision }[] = []
  for (const account of accounts) {
    const decisions = await collect(stores.decisions.listDecisions(account))
    for (const decision of decisions) {
      if (decision.decisionId.startsWith(start)) found.push({ account, decision })
    }
  }
  const [only, second] = found
  if (only === undefined) throw notFound(name, 'the id of a stored decision', advice)
  if (second !== undefined) throw notFound(name, `one decision: ${found.length} begin like that`, advice)
  return only
}

function notFound(name: string, allowed: string, advice: string): ConfigurationError {
  return new ConfigurationError('The decision', [violation('DECISION', describeFound(name), allowed)], {
    advice,
  })
}

async function printSection({ title, rows }: Section, output: Output): Promise<void> {
  await output.print(output.colors.bold(title))
  const columns = Math.max(...rows.map((row) => row.length), 1)
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => (column === row.length - 1 ? 0 : (row[column]?.length ?? 0)))),
  )
  for (const row of rows) {
    const cells = row.map((cell, column) => cell.padEnd(widths[column] ?? 0))
    await output.print(`  ${cells.join('  ').trimEnd()}`)
  }
}

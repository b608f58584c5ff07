/** `torghut deploy-check`: whether the code in this folder decides as the stage's code has decided, before it is deployed. */
import { appendFile, readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { StateError } from '../../domain/errors.ts'
import { sha256Hex } from '../../domain/ids.ts'
import { decodeJson, instantText, integer, list, text } from '../../formats/codec.ts'
import { record } from '../../formats/codec-records.ts'
import { rerunCycles } from '../../replay/rerun.ts'
import type { CliContext } from '../context.ts'
import { asSealed, type SealedLanesOptions, withSealedLanes } from '../sealed-lanes.ts'
import { openChosenDeployment } from '../target.ts'
import { EXIT, type ExitCode } from '../terminal/exit-codes.ts'
import { parseSince, type Since } from '../verb.ts'
import { type Row, rowOf } from './rerun.ts'

interface DeployCheckOptions extends SealedLanesOptions {
  readonly since?: Since
  readonly explainedBy?: string
}

/** Kept beside the code, so that what explains a difference is committed with what makes it. */
const FILE = 'deploy-checks.jsonl'
const MOST_SHOWN = 20

/** A line of the file. */
const explained = record({
  at: instantText,
  stage: text(),
  note: text(),
  count: integer,
  /** The first of them in words. */
  first: text(),
  /** A hash for each difference that the note explains. */
  differences: list(text()),
})

export async function deployCheck(context: CliContext, options: DeployCheckOptions): Promise<ExitCode> {
  const { output, folder } = context
  const { stage, clock } = await openChosenDeployment(context, options)
  const known = await knownDifferences(resolve(folder, FILE))
  const differing: { readonly row: Row; readonly hash: string }[] = []
  const counts = { same: 0, explained: 0, not_planned: 0 }
  await withSealedLanes(context, options, options.since ?? parseSince('7d'), async (lanes) => {
    for (const label of lanes.accounts) {
      for await (const cycle of rerunCycles(label, lanes.source, lanes.since, asSealed(lanes))) {
        const row = rowOf(cycle, true)
        const hash = sha256Hex(`${stage} ${inWords(row)}`)
        if (row.result !== 'differs') counts[row.result] += 1
        else if (known.has(hash)) counts.explained += 1
        else differing.push({ row, hash })
      }
    }
  })
  const note = options.explainedBy ?? null
  const [first] = differing
  if (first !== undefined && note !== null) {
    const line = explained.encode({
      at: clock.now(),
      stage,
      note,
      count: differing.length,
      first: inWords(first.row),
      differences: differing.map(({ hash }) => hash),
    })
    await appendFile(resolve(folder, FILE), `${JSON.stringify(line)}\n`)
  }
  const isRefused = first !== undefined && note === null
  if (options.json) {
    await output.printJson({
      stage,
      refused: isRefused,
      ...counts,
      differences: differing.map(({ row }) => row),
      explained_by: note,
    })
  } else for (const { row } of differing.slice(0, MOST_SHOWN)) await output.print(inWords(row))
  output.note(
    `${counts.same} cycles of ${stage} as sealed, ${differing.length} otherwise, ${counts.explained} explained before, ${counts.not_planned} that cannot be planned again.`,
  )
  if (isRefused) {
    output.note(
      `This folder decides otherwise than ${stage} did: do not deploy it, or say why with --explained-by NOTE, which is kept in ${FILE}.`,
    )
    return EXIT.negative
  }
  if (first !== undefined) output.note(`Kept in ${FILE}: commit it with the change.`)
  return EXIT.ok
}

function inWords({ account, tick_at: tickAt, version, detail }: Row): string {
  return `${account} ${tickAt} cycle ${version}: ${detail ?? ''}`
}

/** @throws StateError for a file that is not ours */
async function knownDifferences(path: string): Promise<ReadonlySet<string>> {
  const all = await readFile(path, 'utf8').catch((fault: NodeJS.ErrnoException) => {
    if (fault.code === 'ENOENT') return ''
    throw new StateError(`${FILE} cannot be read`, { cause: fault })
  })
  const lines = all.split('\n').filter((line) => line !== '')
  return new Set(
    lines.flatMap((line, index) => {
      const decoded = decodeJson(explained, line)
      if (decoded.kind === 'value') return decoded.value.differences
      throw new StateError(`${FILE}:${index + 1} is no explanation of differences`, {
        advice: 'Take the line back from your version control, or remove it.',
      })
    }),
  )
}

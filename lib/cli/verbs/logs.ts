/** `torghut logs`: what a stage's functions logged. */
import { setTimeout as sleep } from 'node:timers/promises'
import { FUNCTION_NAMES, type FunctionName } from '../../domain/deployment-parts.ts'
import { asEpochMs, formatInstant, type EpochMs } from '../../domain/time.ts'
import { collect } from '../../domain/collect.ts'
import type { Deployment } from '../../operations/deployment.ts'
import { type LogRecord, selectRecords } from '../../operations/log-records.ts'
import type { LogLine } from '../../ports/log-reader.ts'
import type { CliContext } from '../context.ts'
import { EXIT, type ExitCode } from '../terminal/exit-codes.ts'
import type { Colors, Output } from '../terminal/output.ts'
import { parseSince, type Since } from '../verb.ts'
import { openChosenDeployment, type StageOption } from '../target.ts'

interface LogsOptions extends StageOption {
  readonly function?: FunctionName
  readonly since?: Since
  readonly account?: string
  readonly follow?: true
  readonly all?: true
}

const FOLLOW_MS = 2000
/** Lines arrive a little late and out of order; what was shown already is remembered. */
const OVERLAP_MS = 30_000
/** Written for every record; the line says them in its own way, `--json` says all. */
const FRAME =
  /^(level|message|timestamp|service|stage|sampling_rate|xray_trace_id|cold_start|function_(arn|memory_size|name|request_id))$/

export async function showLogs(context: CliContext, options: LogsOptions): Promise<ExitCode> {
  const deployment = await openChosenDeployment(context, options)
  const since = (options.since ?? parseSince('10m'))(deployment.clock.now())
  const shown = new Set<string>()
  let from = since
  for (;;) {
    const begun = deployment.clock.now()
    await showNew(context.output, await readLines(deployment, options, from), shown, options)
    if (options.follow !== true) return EXIT.ok
    from = asEpochMs(Math.max(since, begun - OVERLAP_MS))
    await sleep(FOLLOW_MS)
  }
}

async function readLines(
  { logs }: Deployment,
  options: LogsOptions,
  since: EpochMs,
): Promise<readonly LogLine[]> {
  const functions = options.function === undefined ? FUNCTION_NAMES : [options.function]
  const lines = await Promise.all(functions.map((name) => collect(logs.read(name, since))))
  return lines.flat()
}

async function showNew(
  output: Output,
  lines: readonly LogLine[],
  shown: Set<string>,
  { account, all, json }: LogsOptions,
): Promise<void> {
  const fresh = lines.filter(({ id }) => id === '' || !shown.has(id))
  for (const { id } of fresh) shown.add(id)
  for (const record of selectRecords(fresh, { account: account ?? null, everything: all === true })) {
    if (json) await output.printJson({ ...record, at: formatInstant(record.at) })
    else await output.print(lineOf(record, output.colors))
  }
}

function lineOf({ at, function: name, fields, text }: LogRecord, colors: Colors): string {
  const start = `${colors.dim(formatInstant(at))} ${name}`
  if (fields === null) return `${start} ${text}`
  const { level, message } = fields
  const properties = Object.entries(fields)
    .filter(([key]) => !FRAME.test(key))
    .map(([key, value]) => colors.dim(`${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`))
  return [
    start,
    typeof level === 'string' ? coloured(level, colors) : '',
    typeof message === 'string' ? message : JSON.stringify(message ?? ''),
    ...properties,
  ]
    .filter((part) => part !== '')
    .join(' ')
}

function coloured(level: string, colors: Colors): string {
  if (level === 'ERROR') return colors.red(level)
  return level === 'WARN' ? colors.yellow(level) : level
}

/** `torghut doctor`: is a stage fit to trade? One line per finding; exit code 1 when something fails. */
import { type Finding, runChecks } from '../../operations/doctor.ts'
import { doctorChecks } from '../../operations/doctor-checks.ts'
import type { CliContext } from '../context.ts'
import { EXIT, type ExitCode } from '../terminal/exit-codes.ts'
import type { Colors } from '../terminal/output.ts'
import { openChosenDeployment, type StageOption } from '../target.ts'
import { chosenOrderTest, type OrderTestOptions } from './order-test.ts'

export async function examine(
  context: CliContext,
  options: StageOption & OrderTestOptions,
): Promise<ExitCode> {
  const { output } = context
  const deployment = await openChosenDeployment(context, options)
  const checks =
    options.orderTest === true
      ? await chosenOrderTest(context, deployment, options)
      : doctorChecks(deployment, await context.deployedRegistry())
  const findings = await runChecks(checks, async (finding) => {
    if (!options.json) await output.print(lineOf(finding, output.colors))
  })
  const count = (level: Finding['level']) => findings.filter((finding) => finding.level === level).length
  const healthy = count('fail') === 0
  if (options.json) await output.printJson({ stage: deployment.stage, healthy, findings })
  else await output.print(`\n${count('ok')} ok, ${count('warn')} to look at, ${count('fail')} failed`)
  return healthy ? EXIT.ok : EXIT.negative
}

function lineOf({ check, level, message, advice }: Finding, colors: Colors): string {
  const paint = { ok: colors.green, warn: colors.yellow, fail: colors.red }[level]
  const line = `${paint(level.padEnd(4))} ${check}: ${message}`
  return advice === null ? line : `${line}\n     ${colors.dim(advice)}`
}

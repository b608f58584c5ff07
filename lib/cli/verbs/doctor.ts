/** `torghut doctor`: is a stage fit to trade? One line per finding; exit code 1 when something fails. */
import type { Finding } from '../../operations/doctor.ts'
import type { CliContext } from '../context.ts'
import { EXIT, type ExitCode } from '../terminal/exit-codes.ts'
import type { Colors } from '../terminal/output.ts'
import { needsStage, openChosenDeployment, type StageOption } from '../wiring/target.ts'
import { addVerb, type VerbRegistrar } from '../verb.ts'

interface DoctorOptions extends StageOption {
  readonly json?: true
}

export const registerDoctor: VerbRegistrar = (program, run) => {
  const doctor = addVerb(program, 'doctor', {
    description: 'check a stage from credentials to lanes; exit code 1 when something fails',
    examples: ['torghut doctor --stage dev', 'torghut doctor --stage prod --json'],
  })
  run<DoctorOptions>(needsStage(doctor), examine)
}

async function examine(context: CliContext, options: DoctorOptions): Promise<ExitCode> {
  const { runChecks } = await import('../../operations/doctor.ts')
  const { doctorChecks } = await import('../../operations/doctor-checks.ts')
  const { output } = context
  const deployment = await openChosenDeployment(context, options)
  const findings = await runChecks(
    doctorChecks(deployment, await context.deployedRegistry()),
    async (finding) => {
      if (!options.json) await output.print(lineOf(finding, output.colors))
    },
  )
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

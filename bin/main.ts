/** The command line `torghut`, wired to this process. */
import { Output } from '../lib/cli/terminal/output.ts'
import { runCli } from '../lib/cli/program.ts'
import { askOnTerminal, askSecretOnTerminal, readAllOf } from '../lib/cli/terminal/prompt.ts'

const folder = process.cwd()
const output = new Output(process, process.env)
// stdout is for results, which other programs parse; what a plugin prints, by `console.log` say, goes to stderr
process.stdout.write = process.stderr.write.bind(process.stderr)

process.exitCode = await runCli(process.argv.slice(2), {
  output,
  environment: process.env,
  folder,
  engine: new URL('./engine.mjs', import.meta.url),
  ask: askOnTerminal,
  askSecret: askSecretOnTerminal,
  readStdin: () => readAllOf(process.stdin),
  openFlags: async () => {
    const { flagsFileStore } = await import('../lib/adapters/files/flags-file.ts')
    const { DAILY_SETTINGS, profileOverlay } = await import('../lib/local/profile.ts')
    const { statePaths } = await import('../lib/local/state-folder.ts')
    const store = flagsFileStore(statePaths(folder).flags)
    return { store, profile: { settings: DAILY_SETTINGS, flags: profileOverlay({}) } }
  },
  deployedRegistry: async () => (await import('../plugins/registry.ts')).deployedRegistry(),
  deployedIndicators: async () => (await import('../plugins/registry.ts')).deployedIndicators(),
  migrations: async () => (await import('../migrations/index.ts')).MIGRATIONS,
  openDeployment: async (stage) => {
    const { openDeployment } = await import('../lib/cli/wiring/open-deployment.ts')
    return openDeployment(stage, process.env)
  },
})

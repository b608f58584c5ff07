/** The command line `torghut`, wired to this process. */
import { Output } from './output.ts'
import { runCli } from './program.ts'
import { askOnTerminal, askSecretOnTerminal, readAllOf } from './prompt.ts'

const folder = process.cwd()

process.exitCode = await runCli(process.argv.slice(2), {
  output: new Output(process, process.env),
  environment: process.env,
  folder,
  ask: askOnTerminal,
  askSecret: askSecretOnTerminal,
  readStdin: () => readAllOf(process.stdin),
  openFlags: async () => {
    const { flagsFileStore } = await import('../config/flags-file.ts')
    const { DAILY_SETTINGS, profileOverlay } = await import('../local/profile.ts')
    const { statePaths } = await import('../local/state-folder.ts')
    const store = flagsFileStore(statePaths(folder).flags)
    return { store, profile: { settings: DAILY_SETTINGS, flags: profileOverlay({}) } }
  },
  openDeployment: async (stage) => {
    const { openDeployment } = await import('../adapters/aws/open-deployment.ts')
    return openDeployment(stage, process.env)
  },
})

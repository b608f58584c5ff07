/** The command line `torghut`, wired to this process. */
import { join } from 'node:path'
import { Output } from './output.ts'
import { runCli } from './program.ts'
import { askOnTerminal } from './prompt.ts'

const folder = process.cwd()

process.exitCode = await runCli(process.argv.slice(2), {
  output: new Output(process, process.env),
  environment: process.env,
  folder,
  ask: askOnTerminal,
  openFlags: async () => {
    const { flagsFileStore } = await import('../config/flags-file.ts')
    const store = flagsFileStore(join(folder, '.torghut', 'flags.json'))
    return { store, profile: { settings: {}, flags: {} } }
  },
})

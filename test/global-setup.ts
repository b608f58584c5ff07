/**
 * Compiles the command line once per test run, so that tests that start it see the sources as they are, and says
 * which tests this clone cannot run.
 */
import { execFileSync } from 'node:child_process'
import { resolve } from 'node:path'
import { missingRecordings } from './support/shared-folder.ts'

export default function setup(): void {
  execFileSync(process.execPath, [resolve(import.meta.dirname, '../build.mjs')], { stdio: 'inherit' })
  for (const missing of missingRecordings()) process.stderr.write(`notice: ${missing}\n`)
}

/** Compiles the command line once per test run, so that tests that start it see the sources as they are. */
import { execFileSync } from 'node:child_process'
import { resolve } from 'node:path'

export default function setup(): void {
  execFileSync(process.execPath, [resolve(import.meta.dirname, '../build.mjs')], { stdio: 'inherit' })
}

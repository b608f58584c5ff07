/** A Node that is too old says so, and nothing else (exit code 2), before anything is loaded that it could not run. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'torghut-node-'))
afterAll(() => rmSync(folder, { recursive: true }))
const program = resolve(import.meta.dirname, '../../bin/torghut.mjs')

/** The program under a Node that claims to be of this version. */
function under(version: string) {
  const pretend = join(folder, `${version}.cjs`)
  const versions = `{ ...process.versions, node: '${version}' }`
  writeFileSync(pretend, `Object.defineProperty(process, 'versions', { value: ${versions} })`)
  return spawnSync(process.execPath, ['--require', pretend, program, '--version'], { encoding: 'utf8' })
}

describe('the command line', () => {
  it.each(['18.20.4', '20.18.3'])('refuses Node %s', (version) => {
    const { status, stdout, stderr } = under(version)
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).toBe(`Node ${version} is not supported: torghut needs Node 20.19 or later.\n`)
  })
})

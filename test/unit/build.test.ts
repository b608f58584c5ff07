/** When the command line is bundled again before a start: as soon as anything that goes in has changed, and not otherwise. */
import { execFileSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../..')
const ENTRIES = [
  'bin/main.ts',
  'bin/engine.ts',
  'lib/strategy/exports/plugin.ts',
  'lib/strategy/exports/testing.ts',
  'lib/replay/report/page/main.ts',
  'lib/replay/report/page/style.css',
]
const OTHERS = [
  'migrations/index.ts',
  'plugins/index.ts',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
]

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'torghut-build-'))
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  cpSync(join(ROOT, 'build.mjs'), join(folder, 'build.mjs'))
  for (const file of [...ENTRIES, ...OTHERS]) write(file, file.endsWith('.json') ? '{}' : '')
  write('bin/main.ts', "console.log('one')")
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function write(file: string, text: string): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true })
  writeFileSync(join(folder, file), text)
}

/** What the bundle is after a start's build; a line by hand in it is gone when it was made anew. */
function bundled(): string {
  execFileSync(process.execPath, [join(folder, 'build.mjs'), '--if-changed'], { stdio: 'pipe' })
  return readFileSync(join(folder, 'dist/cli.mjs'), 'utf8')
}

it('is bundled where it never was, and left alone while nothing changes', () => {
  expect(bundled()).toContain('one')
  write('dist/cli.mjs', 'by hand')
  expect(bundled()).toBe('by hand')
})

it.each([
  ['a source has changed', () => write('bin/main.ts', "console.log('two')")],
  ['a file has come', () => write('lib/more.ts', '')],
  ['a file has gone', () => rmSync(join(folder, 'plugins/index.ts'))],
  ['packages have changed', () => write('package-lock.json', '{ }')],
  ['an older file of the same size has come back', () => utimesSync(join(folder, 'bin/main.ts'), 1, 1)],
  ['a file that counts is missing', () => rmSync(join(folder, 'tsconfig.json'))],
  ['a build was cut short', () => rmSync(join(folder, 'dist/made-of'))],
])('is bundled again when %s', (_, change) => {
  bundled()
  write('dist/cli.mjs', 'by hand')
  change()
  expect(bundled()).not.toBe('by hand')
})

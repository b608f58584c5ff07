/** When the command line is bundled again before a start: as soon as anything that goes in has changed, and not otherwise. */
import { execFileSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
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
  'node_modules/.package-lock.json',
  'migrations/index.ts',
  'plugins/index.ts',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
]

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'torghut-build-'))
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(join(ROOT, 'node_modules/esbuild'), join(folder, 'node_modules/esbuild'))
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

it('is looked after by what imports it, as `npm start` does, and made anew when it is asked for', () => {
  const run = (...words: string[]) => execFileSync(process.execPath, words, { cwd: folder, stdio: 'pipe' })
  write('start.mjs', '')
  run('--import', './build.mjs', 'start.mjs')
  const cli = () => readFileSync(join(folder, 'dist/cli.mjs'), 'utf8')
  expect(cli()).toContain('one')
  write('dist/cli.mjs', 'by hand')
  run('--import', './build.mjs', 'start.mjs')
  expect(cli()).toBe('by hand')
  write('bin/main.ts', "console.log('two')")
  run('--import', './build.mjs', 'start.mjs')
  expect(cli()).toContain('two')
  write('dist/cli.mjs', 'by hand')
  run('build.mjs')
  expect(cli()).toContain('two')
})

it.each([
  ['a source has changed', () => write('bin/main.ts', "console.log('two')")],
  ['a file has come', () => write('lib/more.ts', '')],
  ['a file has gone', () => rmSync(join(folder, 'plugins/index.ts'))],
  ['packages have changed', () => write('package-lock.json', '{ }')],
  ['other packages are installed', () => write('node_modules/.package-lock.json', '{ }')],
  ['an older file of the same size has come back', () => utimesSync(join(folder, 'bin/main.ts'), 1, 1)],
  ['a file that counts is missing', () => rmSync(join(folder, 'tsconfig.json'))],
  ['a build was cut short', () => rmSync(join(folder, 'dist/made-of'))],
  ['a part of what was made is gone', () => rmSync(join(folder, 'dist/engine.mjs'))],
])('is bundled again when %s', (_, change) => {
  bundled()
  write('dist/cli.mjs', 'by hand')
  change()
  expect(bundled()).not.toBe('by hand')
})

it('leaves out links that lead nowhere', () => {
  symlinkSync('/nowhere', join(folder, 'lib/.#main.ts'))
  expect(bundled()).toContain('one')
})

it('makes the command line last, by whose age the next start goes', () => {
  bundled()
  const madeAt = (file: string) => statSync(join(folder, file)).mtimeMs
  expect(madeAt('dist/cli.mjs')).toBeGreaterThanOrEqual(madeAt('dist/engine.mjs'))
  expect(madeAt('dist/cli.mjs')).toBeGreaterThanOrEqual(madeAt('dist/report/page.js'))
})

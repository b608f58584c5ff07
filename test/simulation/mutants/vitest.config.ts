/** Runs test files with a mutant in the product: `TORGHUT_MUTANT` names a JSON file of the changed texts by path. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { defineConfig } from 'vitest/config'
import config from '../../../vitest.config.ts'

const { TORGHUT_MUTANT: file = '' } = process.env
const texts = JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, string>>

export default defineConfig({
  root: resolve(import.meta.dirname, '../../..'),
  plugins: [{ name: 'mutant', enforce: 'pre', load: (path) => texts[path] ?? null }],
  // without the command line, which would not have the mutant in it
  test: { ...config.test, globalSetup: [], bail: 1, maxWorkers: 1 },
})

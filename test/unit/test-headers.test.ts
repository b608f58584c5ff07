/** Each file under `test/` begins by saying, in a block comment, what it shows or what it is for. */
import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'

const HEADER = /^\/\*\*?\s+\S/

const root = resolve(import.meta.dirname, '..')
const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))

it('every test file has a header comment', () => {
  expect(files.length).toBeGreaterThan(100)
  const headless = files.filter((file) => !HEADER.test(readFileSync(resolve(root, file), 'utf8')))
  expect(headless).toEqual([])
})

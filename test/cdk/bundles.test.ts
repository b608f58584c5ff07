/** The functions' bundles: as small as they must be, importable by themselves, and with the names errors need. */
import { build } from 'esbuild'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Bundle, LARGEST_KB, bundleFunctions } from '../../bench/bundles.ts'
import { functionSurroundings } from '../../bench/function-surroundings.ts'
import { esbuildOptions } from '../../cdk/bundling.ts'
import { FUNCTION_NAMES } from '../../lib/config/deployment-names.ts'
import * as errors from '../../lib/domain/errors.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'torghut-bundles-'))
let bundles: readonly Bundle[] = []

function bundle(name: string): Bundle {
  const found = bundles.find((candidate) => candidate.name === name)
  if (found === undefined) throw new Error(`${name} was not bundled`)
  return found
}

beforeAll(async () => {
  bundles = await bundleFunctions(ROOT, folder)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe.each(FUNCTION_NAMES)('%s', (name) => {
  it('is no larger than it may be', () => {
    expect(bundle(name).bytes).toBeLessThanOrEqual(LARGEST_KB[name] * 1000)
    expect(readFileSync(bundle(name).file).byteLength).toBe(bundle(name).bytes)
  })

  it('is imported by itself, reading and calling nothing', () => {
    const print = `process.stdout.write(typeof require(${JSON.stringify(bundle(name).file)}).handler)`
    const child = spawnSync(process.execPath, ['-e', print], {
      cwd: folder,
      env: functionSurroundings(name),
      encoding: 'utf8',
    })
    expect(child.stdout).toBe('function')
  })
})

it('holds no provider of credentials but the one that reads the environment', () => {
  const providers = bundles
    .flatMap(({ inputs }) => inputs.map(([part]) => part))
    .filter((part) => part.startsWith('@aws-sdk/credential-provider-'))
  expect(new Set(providers)).toEqual(new Set(['@aws-sdk/credential-provider-env']))
})

it('loads the broker client with the first connection, not at import', () => {
  expect(bundle('lane').deferred).toContain('@alpacahq/alpaca-trade-api')
})

it('keeps the names of our errors through minifying', async () => {
  const outfile = join(folder, 'errors.cjs')
  await build({
    ...esbuildOptions(ROOT, 'lane'),
    entryPoints: [join(ROOT, 'lib/domain/errors.ts')],
    outfile,
  })
  const minified = createRequire(import.meta.url)(outfile) as typeof errors
  const classes = Object.keys(errors).filter((name) => name.endsWith('Error'))
  expect(classes).toContain('BrokerUnavailableError')
  for (const name of classes) {
    const Class = Reflect.get(minified, name) as typeof errors.TorghutError
    const made = Reflect.construct(Class, ['what', []]) as errors.TorghutError
    expect(made.name).toBe(name)
    expect(made).toBeInstanceOf(minified.TorghutError)
  }
})

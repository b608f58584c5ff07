/** The functions' bundles: as small as they must be, importable by themselves, and with the names errors need. */
import { build } from 'esbuild'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Bundle, LARGEST_KB, bundleFunctions } from '../../bench/bundles.ts'
import { functionSurroundings } from '../../bench/function-surroundings.ts'
import { COMMON, deferredPackages } from '../../cdk/bundling.ts'
import type * as AlpacaBroker from '../../lib/adapters/alpaca/alpaca-broker.ts'
import { ALL_FUNCTION_NAMES, type FunctionName } from '../../lib/domain/deployment-parts.ts'
import * as errors from '../../lib/domain/errors.ts'
import { asClientOrderId } from '../../lib/domain/ids.ts'
import { ALPHA_KEY, openExchange, order, session } from '../support/paper-exchange-fixture.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'torghut-bundles-'))
let bundles: readonly Bundle[] = []

function bundle(name: string): Bundle {
  const found = bundles.find((candidate) => candidate.name === name)
  if (found === undefined) throw new Error(`${name} was not bundled`)
  return found
}

/** What a script prints in a process of its own, in the function's environment. */
function run(script: string, name: FunctionName): string {
  const child = spawnSync(process.execPath, ['-e', script], {
    cwd: folder,
    env: functionSurroundings(name),
    encoding: 'utf8',
  })
  return child.status === 0 ? child.stdout : child.stderr
}

beforeAll(async () => {
  bundles = await bundleFunctions(ROOT, folder)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe.each(ALL_FUNCTION_NAMES)('%s', (name) => {
  it('is no larger than it may be', () => {
    expect(bundle(name).bytes).toBeLessThanOrEqual(LARGEST_KB[name] * 1000)
    expect(readFileSync(bundle(name).file).byteLength).toBeLessThanOrEqual(bundle(name).bytes)
  })

  it('is imported by itself, reading and calling nothing', () => {
    const script = `process.stdout.write(typeof require(${JSON.stringify(bundle(name).file)}).handler)`
    expect(run(script, name)).toBe('function')
  })
})

it('holds no provider of credentials but the one that reads the environment', () => {
  const providers = bundles
    .flatMap(({ inputs }) => inputs.map(([part]) => part))
    .filter((part) => part.startsWith('@aws-sdk/credential-provider-'))
  expect(new Set(providers)).toEqual(new Set(['@aws-sdk/credential-provider-env']))
})

it('loads the broker client with the first connection, not at import', () => {
  const { file, deferred } = bundle('lane')
  expect(deferred).toContain('@alpacahq/alpaca-trade-api')
  // a fresh process: the function alone, then what its first connection loads
  const script = `
    const own = require('node:module').createRequire(${JSON.stringify(file)})
    own(${JSON.stringify(file)})
    const atImport = Object.keys(require.cache).length
    const { trading } = own('@alpacahq/alpaca-trade-api/rest')
    process.stdout.write([atImport, Object.keys(require.cache).length, typeof trading.OrdersApi].join(' '))`
  expect(run(script, 'lane')).toBe('1 2 function')
})

it('trades through the broker client in its own file', async () => {
  const outfile = join(dirname(bundle('lane').file), 'broker.js')
  await build({
    ...COMMON,
    absWorkingDir: ROOT,
    entryPoints: [join(ROOT, 'lib/adapters/alpaca/alpaca-broker.ts')],
    external: [...deferredPackages('lane')],
    outfile,
  })
  const { openAlpacaBroker } = createRequire(outfile)(outfile) as typeof AlpacaBroker
  const exchange = await openExchange()
  try {
    exchange.openSession(session('2012-01-03', { AAPL: '100' }))
    const target = { mode: 'paper', baseUrl: exchange.baseUrl } as const
    const broker = openAlpacaBroker({ target, credentials: ALPHA_KEY })
    expect(await broker.submit(order('tg-1'))).toMatchObject({ kind: 'accepted' })
    expect(await broker.findByClientOrderId(asClientOrderId('tg-1'))).toMatchObject({ kind: 'found' })
    // a refusal is told from a fault by the class of the client's error
    expect(await broker.findByClientOrderId(asClientOrderId('tg-2'))).toEqual({ kind: 'not_found' })
  } finally {
    await exchange.stop()
  }
})

it('keeps the names of our errors through minifying', async () => {
  const outfile = join(folder, 'errors.cjs')
  await build({
    ...COMMON,
    absWorkingDir: ROOT,
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

/** `torghut accounts`: which accounts a stage has, from a parameter to a roster and back, and who reads them. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { accountLabel } from '../../lib/domain/account-label.ts'
import { decodeTick } from '../../lib/formats/tick-codec.ts'
import { orderFeedFleet } from '../../lib/lanes/order-feed-fleet.ts'
import { dispatchTick } from '../../lib/lanes/dispatch.ts'
import { tickQueue } from '../../lib/lanes/tick-queue.ts'
import { asCatalogHash } from '../../lib/domain/ids.ts'
import type { QueueMessage } from '../../lib/ports/queue.ts'
import { type FakeStage, NOW, fakeStage } from '../support/deployment-fixture.ts'
import { flagSource } from '../support/flag-readings.ts'
import { HandClock } from '../support/hand-clock.ts'
import { jsonLines, runInside } from '../support/run-cli.ts'
import { anExecution } from '../support/state-samples.ts'
import { silentTelemetry } from '../support/telemetry.ts'

const REGISTRY = 'TRADING_ACCOUNTS_JSON'
const FEATURE = 'features/torghut_trading_multi_account_enabled'

let folder = ''
let stage: FakeStage
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'accounts-'))
  stage = fakeStage()
})
afterEach(() => rm(folder, { recursive: true }))

const run = (words: string, environment: Record<string, string> = { TORGHUT_STAGE: 'dev' }) =>
  runInside(words.split(' '), { folder, deployment: stage.deployment, environment })
const write = (accounts: unknown, name = 'accounts.json') =>
  writeFile(join(folder, name), typeof accounts === 'string' ? accounts : JSON.stringify(accounts))
const labelled = (...labels: string[]) => labels.map((label) => ({ label }))
const many = (count: number) =>
  labelled('paper', ...Array.from({ length: count - 1 }, (_, i) => `account-${i}`))

async function dispatched(): Promise<readonly string[]> {
  const sent: QueueMessage[] = []
  await dispatchTick(NOW, {
    environment: {},
    flags: flagSource(new HandClock(NOW), () => stage.flags),
    features: stage.deployment.features,
    roster: stage.deployment.stores.roster,
    catalog: { currentHash: async () => asCatalogHash('c'.repeat(64)) },
    executions: stage.deployment.stores.executions,
    unmatched: stage.deployment.stores.unmatchedOrders,
    queue: tickQueue({
      send: async (messages) => {
        sent.push(...messages)
        return { failed: [] }
      },
    }),
    telemetry: silentTelemetry,
  })
  return sent.map(({ body }) => decodeTick(body).account.label)
}

describe('validate', () => {
  it('says that a file is usable, without a stage', async () => {
    await write({ accounts: labelled('paper', 'second') })
    const { code, stdout } = await run('accounts validate accounts.json', {})
    expect([code, stdout]).toEqual([0, '2 accounts, all usable; 38 bytes, for the parameter.\n'])
  })

  it.each([
    ['a syntax error', '[{', /accounts.json: found text that is not JSON/],
    ['a label twice', labelled('paper', 'a', 'a'), /accounts.json \[2\]\.label: found "a", as in \[1\]/],
    [
      'an unknown field',
      [{ label: 'paper', colour: 'red' }],
      /accounts.json \[0\]\.colour: found unknown field/,
    ],
    [
      'a paper account on the live URL',
      [{ label: 'paper', base_url: 'https://api.alpaca.markets' }],
      /base_url: found "https:\/\/api\.alpaca\.markets" for a paper account/,
    ],
    ['no primary account', labelled('second'), /no account paper/],
    ['nothing in it', 'none', /found no accounts/],
  ])('refuses one with %s', async (_name, accounts, message) => {
    await write(accounts)
    const { code, stderr } = await run('accounts validate accounts.json --stage dev')
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)])
  })
})

describe('apply', () => {
  it('adds and replaces by label, or makes the registry equal to the file', async () => {
    await write(labelled('paper', 'second'))
    expect((await run('accounts apply accounts.json')).code).toBe(0)
    await write([{ label: 'second', enabled: false }, { label: 'third' }])
    const merged = await run('accounts apply accounts.json')
    expect(merged.stdout).toBe('~ second (changed)\n    enabled: null -> false\n+ third (added)\n')
    expect(JSON.parse(stage.flags[REGISTRY] ?? '')).toEqual([
      { label: 'paper' },
      { label: 'second', enabled: false },
      { label: 'third' },
    ])
    await write(labelled('paper'))
    const [synced] = jsonLines((await run('accounts apply accounts.json --sync --json')).stdout)
    expect(synced).toMatchObject({ applied: true, accounts: 1, place: 'parameter' })
    expect(stage.flags[REGISTRY]).toBe('[{"label":"paper"}]')
  })

  it('shows what it would do, and does nothing twice', async () => {
    await write(labelled('paper', 'second'))
    await run('accounts apply accounts.json --dry-run')
    expect(stage.flags[REGISTRY]).toBeUndefined()
    await run('accounts apply accounts.json')
    stage.flagCalls.length = 0
    expect((await run('accounts apply accounts.json')).stderr).toContain('like that already')
    expect(stage.flagCalls.filter((call) => call.startsWith('write'))).toEqual([])
  })

  it('refuses both modes at once, and a parameter that is too small', async () => {
    await write(many(1000))
    expect((await run('accounts apply accounts.json --sync --merge')).code).toBe(2)
    const { code, stderr } = await run('accounts apply accounts.json --to parameter')
    expect([code, stderr]).toEqual([2, expect.stringContaining('at most 8192')])
    expect(stage.flags[REGISTRY]).toBeUndefined()
  })

  it('moves a large fleet into the roster and a small one back, and every tick finds all accounts', async () => {
    Object.assign(stage.flags, { TRADING_MULTI_ACCOUNT_ENABLED: 'true', [FEATURE]: 'true' })
    await write(many(3))
    await run('accounts apply accounts.json')
    const small = await dispatched()
    await write(many(1000))
    const moved = await run('accounts apply accounts.json')
    expect(moved.stderr).toContain('1000 accounts, in the roster')
    expect(stage.flags[REGISTRY]).toMatch(/^\{"roster":"[0-9a-f]{16}"\}$/)
    expect(new Set(await dispatched())).toEqual(new Set(many(1000).map(({ label }) => label)))
    expect((await run('accounts list --json')).stdout).toContain('"label":"account-998"')
    await write(many(3))
    await run('accounts apply accounts.json --sync')
    expect(await dispatched()).toEqual(['account-0', 'account-1', 'paper'])
    expect(small.toSorted()).toEqual(['account-0', 'account-1', 'paper'])
  })

  it('stores a roster before the registry names it', async () => {
    await write(many(400))
    const { roster } = stage.deployment.stores
    const order: string[] = []
    const deployment = {
      ...stage.deployment,
      flags: {
        ...stage.deployment.flags,
        write: async (name: string, value: string) => {
          order.push(`flag ${name}`)
          return stage.deployment.flags.write(name, value)
        },
      },
      stores: {
        ...stage.deployment.stores,
        roster: {
          readEntry: roster.readEntry.bind(roster),
          readEntries: roster.readEntries.bind(roster),
          retire: async (...inForce: Parameters<typeof roster.retire>) => {
            order.push('retire')
            return roster.retire(...inForce)
          },
          write: async (...entries: Parameters<typeof roster.write>) => {
            order.push('roster')
            return roster.write(...entries)
          },
        },
      },
    }
    await runInside(['accounts', 'apply', 'accounts.json', '--stage', 'dev'], {
      folder,
      deployment,
      environment: {},
    })
    expect(order).toEqual(['roster', `flag ${REGISTRY}`, 'retire'])
  })
})

describe('remove', () => {
  beforeEach(async () => {
    await write(labelled('paper', 'alpha'))
    await run('accounts apply accounts.json')
  })

  it('takes an account out', async () => {
    expect((await run('accounts remove alpha')).stdout).toBe('- alpha (removed)\n')
    expect(stage.flags[REGISTRY]).toBe('[{"label":"paper"}]')
  })

  it('refuses one with open work: nobody would look after it any more', async () => {
    const execution = anExecution({ accountLabel: accountLabel('alpha'), state: 'accepted' })
    await stage.deployment.stores.executions.createExecution(execution)
    const { code, stderr } = await run('accounts remove alpha')
    expect([code, stderr]).toEqual([4, expect.stringContaining('open work of alpha')])
    await write(labelled('paper'))
    expect((await run('accounts apply accounts.json --sync')).code).toBe(4)
    expect(stage.flags[REGISTRY]).toContain('alpha')
  })

  it('refuses the primary account, and one that is not there', async () => {
    expect((await run('accounts remove paper')).code).toBe(2)
    const { code, stderr } = await run('accounts remove alhpa')
    expect([code, stderr]).toEqual([2, expect.stringContaining('did you mean alpha')])
  })

  it('refuses the last one: an empty registry is none, and the account would trade at another URL', async () => {
    await write([{ label: 'paper', base_url: 'http://127.0.0.1:8080' }])
    await run('accounts apply accounts.json --sync')
    const before = stage.flags[REGISTRY]
    await write([], 'empty.json')
    for (const words of ['accounts remove paper', 'accounts apply empty.json --sync']) {
      const { code, stderr } = await run(words)
      expect([words, code, stderr]).toEqual([words, 2, expect.stringContaining('no account paper')])
      expect(stderr).toContain('"enabled": false')
    }
    expect(stage.flags[REGISTRY]).toBe(before)
  })
})

describe('list', () => {
  it('says who gets cycles, and why others do not', async () => {
    await write([
      { label: 'paper' },
      { label: 'alpha' },
      { label: 'beta' },
      { label: 'gamma', enabled: false },
    ])
    await run('accounts apply accounts.json')
    const held = async () =>
      (
        JSON.parse((await run('accounts list --json')).stdout) as { label: string; held: string | null }[]
      ).map(({ label, held: reason }) => [label, reason])
    expect(await held()).toContainEqual(['alpha', 'multi_account_disabled'])
    Object.assign(stage.flags, { TRADING_MULTI_ACCOUNT_ENABLED: 'true', [FEATURE]: 'torghut:alpha' })
    expect(await held()).toEqual([
      ['alpha', null],
      ['beta', 'feature_off'],
      ['gamma', 'account_disabled'],
      ['paper', null],
    ])
  })
})

describe('order-feed', () => {
  it('knows an account that was registered while its process, and its invocation, was running', async () => {
    let readings = 0
    const clock = new HandClock(NOW)
    const source = flagSource(clock, () => stage.flags)
    const flags = {
      readNamed: async (names: readonly string[]) => {
        readings += 1
        return source.readNamed(names)
      },
    }
    const deps = { environment: {}, flags, roster: stage.deployment.stores.roster, clock }
    const fleet = orderFeedFleet(deps)
    expect(await fleet.knowsAccount(accountLabel('paper'))).toBe(true)
    await write(many(1000))
    await run('accounts apply accounts.json')
    expect(await fleet.knowsAccount(accountLabel('account-7'))).toBe(true)
    for (const forged of ['x', 'y', 'z']) expect(await fleet.knowsAccount(accountLabel(forged))).toBe(false)
    expect(readings).toBe(2)
  })
})

/**
 * Many ordering lanes against Parameter Store's default throughput, 40 requests a second for GetParameter,
 * GetParameters and GetParametersByPath together
 * (https://docs.aws.amazon.com/general/latest/gr/ssm.html), in virtual time: the retries of the product, a bucket
 * of 40 tokens that does not charge what it refuses. A tick is dispatched (3 pages), each lane reads its credentials
 * and then what permits its order, and order-feed reads its flags once for each lane's updates, ten at a time.
 */
import type { SSMClient } from '@aws-sdk/client-ssm'
import { describe, expect, it } from 'vitest'
import { askParameterStore, type ParameterAccess } from '../../lib/adapters/ssm/retry.ts'
import { UnavailableError } from '../../lib/domain/errors.ts'
import { asEpochMs, asMonotonicMs } from '../../lib/domain/time.ts'
import { MOST_LANES_AT_DEFAULT_THROUGHPUT } from '../../lib/operations/doctor-account-checks.ts'
import { doctorChecks } from '../../lib/operations/doctor-checks.ts'
import { builtinRegistry } from '../../lib/strategy/registry.ts'
import { fakeStage } from '../support/deployment-fixture.ts'
import { Kernel } from './sim/kernel.ts'
import { ParameterStore } from './sim/parameter-store.ts'
import { streamOf } from './sim/random.ts'

const REQUEST_MS = 20
const TICK_MS = 60_000
const ORDER_FEED_CONCURRENCY = 10

interface Outcome {
  /** Orders that were denied, as the switch could not be read. */
  readonly denied: number
  /** Cycles that the next tick does over, as their credentials could not be read. */
  readonly retried: number
  /** When the last lane was done. */
  readonly lastMs: number
  readonly throttled: number
}

async function tickOf(lanes: number, concurrency: number, seed: number, perSecond = 40): Promise<Outcome> {
  const kernel = new Kernel(seed, 0)
  const store = new ParameterStore(perSecond)
  const random = streamOf(seed, 'throughput')
  const sleep = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => {
      kernel.after(milliseconds, () => {
        kernel.woke()
        resolve()
      })
    })
  const client = {} as SSMClient
  const access: ParameterAccess = {
    kept: client,
    fresh: client,
    clock: { now: () => asEpochMs(kernel.now), monotonic: () => asMonotonicMs(kernel.now) },
    pause: sleep,
    random: () => random.below(1000) / 1000,
  }
  const read = async (): Promise<boolean> => {
    try {
      await askParameterStore(access, 'a parameter', async () => {
        await sleep(REQUEST_MS)
        store.admit(kernel.now)
      })
      return true
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error
      return false
    }
  }
  const outcome = { denied: 0, retried: 0, lastMs: 0 }
  let updates = 0
  const lane = async (): Promise<void> => {
    await sleep(random.between(50, 250)) // the lane's state and signals
    if (!(await read())) {
      outcome.retried += 1
      return
    }
    await sleep(random.between(500, 1000)) // the account's snapshot, the plan, its decisions
    if (!(await read())) outcome.denied += 1
    await sleep(random.between(200, 500)) // the order, its record, the commit
    updates += 1
    outcome.lastMs = kernel.now
  }
  let waiting = lanes
  const worker = async (): Promise<void> => {
    while (waiting > 0) {
      waiting -= 1
      await lane()
    }
  }
  const feed = async (): Promise<void> => {
    while (kernel.now < TICK_MS) {
      if (updates > 0) {
        updates -= 1
        await read()
      }
      await sleep(200)
    }
  }
  for (let page = 0; page < 3; page += 1) kernel.after(page, () => void read())
  kernel.after(100, () => {
    for (let count = 0; count < Math.min(concurrency, lanes); count += 1) void worker()
    for (let count = 0; count < ORDER_FEED_CONCURRENCY; count += 1) void feed()
    kernel.woke()
  })
  await kernel.runUntil(2 * TICK_MS)
  return { ...outcome, throttled: store.throttledRequests }
}

const SEEDS = [1, 2, 3, 4, 5]

async function worstOf(lanes: number, concurrency: number, perSecond?: number): Promise<Outcome> {
  const outcomes = await Promise.all(SEEDS.map((seed) => tickOf(lanes, concurrency, seed, perSecond)))
  const most = (of: (outcome: Outcome) => number): number => Math.max(...outcomes.map(of))
  return {
    denied: most(({ denied }) => denied),
    retried: most(({ retried }) => retried),
    lastMs: most(({ lastMs }) => lastMs),
    throttled: most(({ throttled }) => throttled),
  }
}

describe('a tick in which every lane orders', () => {
  const most = MOST_LANES_AT_DEFAULT_THROUGHPUT

  it.each([50, most])('loses nothing with as many lanes as doctor lets pass, %i at once', async (at) => {
    const worst = await worstOf(most, at)
    expect(worst).toMatchObject({ denied: 0, retried: 0 })
    expect(worst.lastMs).toBeLessThan(20_000)
    expect(worst.throttled).toBeGreaterThan(0)
  })

  it('loses some of 500 at the default throughput, wherefore doctor demands the higher one', async () => {
    const { denied, retried } = await worstOf(500, 50)
    expect(denied + retried).toBeGreaterThan(0)
  })

  it('loses nothing of 500 at a tenth of the higher throughput', async () => {
    expect(await worstOf(500, 500, 1000)).toMatchObject({ denied: 0, retried: 0 })
  })
})

describe('doctor', () => {
  it.each([
    [150, []],
    [151, [{ level: 'fail', advice: expect.stringContaining('high-throughput-enabled') as string }]],
  ])('judges a fleet of %i lanes at the default throughput', async (lanes, findings) => {
    const { flags, deployment } = fakeStage()
    const labels = Array.from({ length: lanes }, (_, index) => ({ label: `lane-${index}` }))
    Object.assign(flags, {
      TRADING_MULTI_ACCOUNT_ENABLED: 'true',
      TRADING_ACCOUNTS_JSON: JSON.stringify(labels),
    })
    const check = doctorChecks(deployment, builtinRegistry()).find(({ name }) => name === 'throughput')
    expect(await check?.run()).toMatchObject(findings)
  })
})

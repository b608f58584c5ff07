/**
 * One seed of the lane simulation: a storm of overlapping invocations, deaths, lost answers and late orders, then
 * calm ticks in which everything must settle. What it finds is a breach of an invariant; there should be none.
 */
import type { SimulatedEvent } from './trace.ts'
import { World } from './world.ts'

const TICKS = 6
const SIGNALS_PER_TICK = 2
const CALM_TICKS = 4
/** What an order that the exchange took is known as in the end. */
const TAKEN: ReadonlySet<string> = new Set(['accepted', 'canceled'])

export interface StormOptions {
  /** Whether the exchange refuses a client order id that it has seen. */
  readonly uniqueIds: boolean
  readonly onEvent?: (event: SimulatedEvent) => void
}

/** Runs one seed to its end. Equal seeds and options meet the same events and give the same findings. */
export async function findingsOf(seed: number, options: StormOptions): Promise<readonly string[]> {
  const world = new World(seed, { killProbability: 0.02, maxPauseMs: 2000, ...options })
  await storm(world, seed)
  await calm(world)
  return findingsIn(world)
}

async function storm(world: World, seed: number): Promise<void> {
  for (let tick = 0; tick < TICKS; tick += 1) {
    await world.appendSignals(SIGNALS_PER_TICK)
    world.setKillSwitch(tick === 3 && seed % 3 === 0)
    await world.tick(1 + ((seed + tick) % 3))
    world.pass(20)
  }
  world.setKillSwitch(false)
}

/** No more faults. */
async function calm(world: World): Promise<void> {
  world.exchange.faulty = false
  world.scheduler.options = { killProbability: 0, maxPauseMs: 500 }
  for (let tick = 0; tick < CALM_TICKS; tick += 1) {
    world.pass(60)
    await world.tick(1)
  }
}

async function findingsIn(world: World): Promise<readonly string[]> {
  const found = [...world.violations]
  const ids = world.exchange.taken
  if (new Set(ids).size < ids.length) found.push('two orders for one decision')
  for (const { clientOrderId, state } of await world.allExecutions()) {
    if (state === 'submitting' || state === 'unknown') found.push(`${clientOrderId} stays ${state}`)
    else if (ids.includes(clientOrderId) !== TAKEN.has(state)) found.push(`${clientOrderId} is ${state}`)
  }
  const cursor = (await world.lane())?.cursor
  if (cursor !== SIGNALS_PER_TICK * TICKS) found.push(`the cursor stops at ${cursor}`)
  return found
}

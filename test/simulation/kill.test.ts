/**
 * The local runtime is killed at random moments and started again until it is done. `TORGHUT_KILL_ROUNDS`
 * sets how often it is killed, `TORGHUT_KILL_SEED` draws the moments of an earlier run again.
 */
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest'
import {
  exchangeOrders,
  type ProcessEnd,
  runTorghut,
  startTorghut,
  temporaryFolder,
} from '../support/dev-process.ts'
import { Stream } from './sim/random.ts'

const ROUNDS = Number(process.env['TORGHUT_KILL_ROUNDS'] ?? 4)
const SEED = Number(process.env['TORGHUT_KILL_SEED'] ?? 20_260_210)
const DEV = ['dev', '--from', '2009-07-07', '--to', '2009-07-22']
const MINUTES = 60_000

describe('a run that is killed at random and started again', () => {
  const undisturbed = temporaryFolder()
  const killed = temporaryFolder()
  const random = new Stream(SEED)
  let expected: ProcessEnd
  let runMs = 0
  beforeAll(async () => {
    const run = startTorghut(undisturbed.path, DEV)
    await run.begun()
    const begun = performance.now()
    expected = await run.ended
    runMs = performance.now() - begun
  })
  afterAll(() => {
    undisturbed.remove()
    killed.remove()
  })

  /** Starts it and kills it at a random moment, unless it is done before. */
  async function startAndKill(words: readonly string[]): Promise<ProcessEnd> {
    const attempt = startTorghut(killed.path, words)
    await attempt.begun()
    const timer = setTimeout(() => attempt.kill('SIGKILL'), random.below(runMs))
    const end = await attempt.ended
    clearTimeout(timer)
    return end
  }

  it(
    'ends with the digest of an undisturbed run and never places an order twice',
    async () => {
      onTestFailed(() => void process.stderr.write(`killed at moments drawn by TORGHUT_KILL_SEED=${SEED}\n`))
      expect(expected).toMatchObject({ exitCode: 0 })
      const finished: ProcessEnd[] = []
      let underWay = false
      for (let kills = 0; kills < ROUNDS;) {
        // A run that is done is begun anew, so that every kill meets one under way.
        const end = await startAndKill(underWay ? DEV : [...DEV, '--fresh'])
        underWay = end.exitCode === null
        if (underWay) kills += 1
        else finished.push(end)
      }
      finished.push(await runTorghut(killed.path, underWay ? DEV : [...DEV, '--fresh']))
      const outcomes = finished.map(({ exitCode, stdout }) => ({ exitCode, stdout }))
      expect(outcomes).toEqual(finished.map(() => ({ exitCode: 0, stdout: expected.stdout })))
      const orders = exchangeOrders(killed.path)
      expect(new Set(orders).size).toBe(orders.length)
      expect(orders.toSorted()).toEqual(exchangeOrders(undisturbed.path).toSorted())
    },
    (ROUNDS + 2) * 5 * MINUTES,
  )
})

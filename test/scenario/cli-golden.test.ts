/** The contracts that other programs parse, against golden cases, through the command line itself. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type GoldenCases,
  GOLDEN_SETS,
  comparable,
  goldenPlugins,
  readGoldenCases,
} from '../support/golden-cases.ts'
import { jsonLines, runInside, spawnCli, spawnMeasured } from '../support/run-cli.ts'
import { RECORDED_BARS, hasRecordedBars } from '../support/shared-folder.ts'

const SPAWNED_CASES = 3

function asLines(values: readonly unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('')
}

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cli-golden-'))
})
afterAll(() => rm(folder, { recursive: true }))

describe.each(GOLDEN_SETS)('the command line on $name', (set) => {
  async function replayWords({ strategies, steps, ...circuit }: GoldenCases['runtime'], index: number) {
    await writeFile(join(folder, `signals-${index}.jsonl`), asLines(steps.map(({ signal }) => signal)))
    await writeFile(join(folder, `strategies-${index}.json`), JSON.stringify(strategies))
    const { circuit_errors: errors, circuit_cooldown_seconds: cooldown } = circuit
    const files = `--signals signals-${index}.jsonl --strategies strategies-${index}.json`
    const words = `replay run --json ${files} --circuit-errors ${errors} --circuit-cooldown-seconds ${cooldown}`
    return [...words.split(' '), '--plugins', goldenPlugins(set)]
  }

  it('replay run: every signal of runtime.jsonl gives the pinned line', async () => {
    const cases = readGoldenCases(set, 'runtime')
    for (const [index, golden] of cases.entries()) {
      const words = await replayWords(golden, index)
      const run = index < SPAWNED_CASES ? spawnCli : runInside
      const { code, stdout, stderr } = await run(words, { folder })
      // beside the contract, stderr may say why a strategy of the case was never asked, and nothing else
      expect({ code, stderr: stderr.replaceAll(/^Strategy .*\n/gm, '') }).toEqual({ code: 0, stderr: '' })
      const lines = jsonLines(stdout)
      const summary = lines.pop()
      expect(summary).toMatchObject({ summary: { signals: golden.steps.length } })
      const expected = golden.steps.map(({ signal: { symbol, seq, event_ts }, expect: pinned }) =>
        Object.assign({ event_ts, symbol, seq, normalization_error: null }, pinned),
      )
      expect(comparable(lines)).toMatchObject(comparable(expected) as object[])
    }
  })

  it('order-feed inspect: every message of order-feed.jsonl gives the pinned event', async () => {
    const cases = readGoldenCases(set, 'order-feed')
    const messages = cases.map(({ topic, value, default_account_label }) => ({
      topic,
      value,
      default_account_label,
    }))
    await writeFile(join(folder, 'messages.jsonl'), asLines(messages))
    const { code, stdout, stderr } = await spawnCli(['order-feed', 'inspect', 'messages.jsonl', '--json'], {
      folder,
    })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const lines = jsonLines(stdout)
    expect(lines).toHaveLength(cases.length)
    expect(comparable(lines)).toMatchObject(comparable(cases.map((golden) => golden.expect)) as object[])
  })

  it('writes nothing beside its input', async () => {
    expect(await readdir(folder)).not.toContain('.torghut')
  })
})

describe.skipIf(!hasRecordedBars)('the command line on real minutes', () => {
  it('replay run: 13,429 real bars through 20 strategies in under 3 s of processor time, whatever their order', async () => {
    const strategies = Array.from({ length: 20 }, (_, index) => ({
      id: `strategy-${index}`,
      name: `Strategy ${index}`,
      strategy_type: index % 2 === 0 ? 'intraday_tsmom' : 'legacy_macd_rsi',
      version: index % 2 === 0 ? '1.1.0' : '1.0.0',
      enabled: true,
      base_timeframe: '1Min',
      universe_symbols: index % 3 === 0 ? ['SPY', 'IBM'] : null,
      params: { max_notional_per_trade: String(1000 + index) },
    }))
    await writeFile(join(folder, 'forwards.json'), JSON.stringify(strategies))
    await writeFile(
      join(folder, 'otherwise.json'),
      JSON.stringify(strategies.toSorted(bySymbolsThenBackwards)),
    )
    const first = await timedReplay('forwards.json')
    const lines = jsonLines(first.stdout)
    expect(lines.pop()).toMatchObject({
      summary: { signals: 13_429, errors: 0, digest: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
    })
    expect(lines).toHaveLength(13_429)
    const again = await timedReplay('otherwise.json')
    expect(again.stdout).toBe(first.stdout)
    expect(Math.min(first.cpuSeconds, again.cpuSeconds)).toBeGreaterThan(0)
    expect(Math.min(first.cpuSeconds, again.cpuSeconds)).toBeLessThan(3)
  })

  async function timedReplay(strategies: string): Promise<{ stdout: string; cpuSeconds: number }> {
    const words = ['replay', 'run', '--bars', RECORDED_BARS, '--strategies', strategies, '--json']
    const { code, stdout, cpuSeconds } = await spawnMeasured(words, { folder })
    expect(code).toBe(0)
    return { stdout, cpuSeconds }
  }
})

function bySymbolsThenBackwards(
  left: { readonly id: string; readonly universe_symbols: unknown },
  right: { readonly id: string; readonly universe_symbols: unknown },
): number {
  const symbols = Number(left.universe_symbols === null) - Number(right.universe_symbols === null)
  return symbols || right.id.localeCompare(left.id)
}

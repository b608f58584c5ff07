/** What a cycle costs that finds nothing to do: requests, counted in the emulator's own words. */
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, it } from 'vitest'
import type { AccountLabel } from '../../lib/domain/account-label.ts'
import { asEpochMs } from '../../lib/domain/time.ts'
import { encodeTick } from '../../lib/formats/tick-codec.ts'
import type { Deployment } from './deploy.ts'
import type { Emulator } from './emulator.ts'
import type { Operator } from './operator.ts'
import { eventually } from './poll.ts'
import type { StageUnderTest } from './stage-under-test.ts'

interface IdleStage {
  readonly emulator: Emulator
  readonly deployment: Deployment
  readonly operator: Operator
  readonly stage: StageUnderTest
  /** The account that trades, alone. */
  readonly account: AccountLabel
  /** The stage's flags, by parameter. */
  readonly parameters: () => Promise<Record<string, string>>
}

/** @param open asked when the test begins */
export function walkIdleCycle(open: () => IdleStage): void {
  it('makes 2 state reads and nothing else', async () => {
    const { emulator, deployment, operator, stage, account, parameters } = open()
    await operator.json(['kill', 'off', '--confirm', account])
    await stage.fill()
    const { logFile } = emulator
    if (logFile === null) throw new Error('the requests of an emulator that was running already are not seen')
    const requests = () =>
      readFileSync(logFile, 'utf8')
        .split('\n')
        .flatMap((line) => /-> service=(\S+)/.exec(line)?.[1] ?? [])
    const hash = await stage.stores.catalog.currentHash()
    if (hash === null) throw new Error('no catalog')
    const flags = Object.fromEntries(
      Object.entries(await parameters()).flatMap(([name, value]) => {
        const flag = name.slice(deployment.names.flagsPath.length + 1)
        return flag.startsWith('TRADING_') && flag !== 'TRADING_ACCOUNTS_JSON' ? [[flag, value]] : []
      }),
    )
    const target = { mode: 'paper', baseUrl: stage.exchange.baseUrl } as const
    const body = encodeTick({
      kind: 'cycle',
      tickAt: asEpochMs(Date.now()),
      account: { label: account, enabled: true, target, strategies: null },
      settings: flags,
      killSwitchOn: false,
      admitted: true,
      upTo: null,
      catalogHash: hash,
    })
    const isQuiet = async () => {
      const before = requests().length
      await delay(3000)
      return requests().length === before
    }
    // The schedule's own tick, and what it sets going, may fall into the window: then it is looked at again.
    const seen = await eventually('a window with nothing but one idle cycle', 120, async () => {
      if (!(await isQuiet())) return null
      const before = requests().length
      const outcome = await stage.invokeLane(body)
      const during = requests().slice(before).sort()
      expect(outcome).toEqual([{ account, kind: 'cycle', run: { kind: 'idle' } }])
      return (await isQuiet()) && !during.includes('scheduler') && !during.includes('sqs') ? during : null
    })
    expect(seen).toEqual(['dynamodb', 'dynamodb', 'lambda'])
  })
}

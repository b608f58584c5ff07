/**
 * What strategies leave behind is known by who left it, whoever was asked before and after: while nothing is left, nothing is
 * remembered from one work to the next, and what is left is not forgotten by that.
 */
import { afterEach, describe, expect, it } from 'vitest'
import { RememberedWork } from '../../lib/adapters/system/stray-work.ts'
import { watchedInterrupter } from '../../lib/adapters/system/watched-interrupter.ts'
import { vmInterrupter } from '../../lib/adapters/system/vm-interrupter.ts'
import type { FeatureVector, StrategyContext } from '../../lib/strategy/plugin.ts'
import { pluginGiving } from '../support/strategy-fixtures.ts'

const HERE = new Error('left behind')
let unlisten = () => {}
afterEach(() => unlisten())

/** Asks plugins in the name of strategies, and says which of them something that failed is known by. */
function asker() {
  const strayWork = new RememberedWork()
  const heard: string[] = []
  unlisten = strayWork.listen({
    count: () => {},
    measure: () => {},
    record: (_level, _message, details) => void heard.push(String(details?.['strategy_id'])),
  })
  const question = (strategyId: string, evaluate: () => unknown) => () =>
    strayWork
      .remembering(pluginGiving('given', evaluate))
      .evaluate({ strategyId } as StrategyContext, {} as FeatureVector)
  const around = strayWork.around(watchedInterrupter)
  return {
    strayWork,
    heard,
    /** Within a plan. */
    ask: (strategyId: string, evaluate: () => unknown) =>
      around.run(question(strategyId, evaluate), Number.MAX_SAFE_INTEGER),
    /** As somebody does who has no plan to be stopped. */
    askAlone: (strategyId: string, evaluate: () => unknown) => question(strategyId, evaluate)(),
  }
}

const nothing = () => null
const rejected = () => void Promise.reject(HERE)

/** Rejected when told, by nobody who is being asked. */
function later() {
  let reject = () => {}
  const given = new Promise<never>((_resolve, fail) => {
    reject = () => fail(HERE)
  })
  // somebody listens to the promise itself, and nobody to what the strategy makes of it
  given.catch(() => {})
  return { leave: () => void given.then(() => null), reject: () => reject() }
}

/** Rejections that nobody handles are told of when all that is due is done. */
const allDue = () => new Promise<void>((resolve) => setTimeout(resolve, 0))

describe('what strategies leave behind', () => {
  it('is known by who left it, after others who left nothing', async () => {
    const { ask, heard, strayWork } = asker()
    ask('a', nothing)
    await allDue()
    ask('b', rejected)
    ask('c', nothing)
    await allDue()
    expect(heard).toEqual(['b'])
    expect(strayWork.take()).toEqual(['b'])
  })

  it('is not forgotten when others are asked before it fails', async () => {
    const { ask, heard } = asker()
    const { leave, reject } = later()
    ask('a', nothing)
    ask('b', leave)
    await allDue()
    ask('c', nothing)
    reject()
    await allDue()
    expect(heard).toEqual(['b'])
  })

  it('is not forgotten where it was asked outside of any plan', async () => {
    const { ask, askAlone, heard } = asker()
    const { leave, reject } = later()
    askAlone('b', leave)
    ask('c', nothing)
    await allDue()
    reject()
    await allDue()
    expect(heard).toEqual(['b'])
  })

  it('is nobody else’s after one who was stopped', async () => {
    const { strayWork, heard, ask } = asker()
    const endless = strayWork.remembering(
      pluginGiving('given', () => {
        for (;;);
      }),
    )
    const stopped = strayWork
      .around(vmInterrupter())
      .run(() => endless.evaluate({ strategyId: 'b' } as StrategyContext, {} as FeatureVector), 20)
    expect(stopped).toEqual({ kind: 'interrupted' })
    ask('c', rejected)
    await allDue()
    expect(heard).toEqual(['c'])
  })
})

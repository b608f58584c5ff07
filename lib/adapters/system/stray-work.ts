/**
 * What plugins leave behind when they were asked: promises, and timers that they got hold of in spite of everything. What fails
 * of it later is known by the strategy that was asked, and does not end the process, in which another cycle may be under way.
 *
 * Lambda's runtime ends the process on either event, by listeners of its own
 * (https://github.com/aws/aws-lambda-nodejs-runtime-interface-client, src/index.mjs): they hear of all that no plugin has left.
 */
import { AsyncLocalStorage, createHook } from 'node:async_hooks'
import { METRICS } from '../../domain/metric-names.ts'
import type { Interrupter } from '../../ports/interrupter.ts'
import type { StrayWork } from '../../ports/stray-work.ts'
import type { Telemetry } from '../../ports/telemetry.ts'
import type { StrategyPlugin } from '../../strategy/plugin.ts'
import { describeThrown } from '../../strategy/thrown.ts'

type Listener = (...said: readonly unknown[]) => void

const EVENTS = ['unhandledRejection', 'uncaughtException'] as const

export class RememberedWork implements StrayWork {
  /** The strategy being asked; null: nobody is. */
  readonly #asked = new AsyncLocalStorage<string | null>()
  readonly #failed = new Set<string>()
  /** Whether a strategy may have left something, ever: only then need anything be known by who was asked. */
  #mayBeLeft = false
  #isLookedAfter = false
  readonly #leaving = createHook({
    init: () => {
      if (typeof this.#asked.getStore() === 'string') this.#mayBeLeft = true
    },
  })

  /** The plugin, whatever it leaves behind being known by the strategy that was asked. */
  readonly remembering = (plugin: StrategyPlugin): StrategyPlugin =>
    Object.freeze({
      ...plugin,
      evaluate: (...asked: Parameters<StrategyPlugin['evaluate']>) => {
        // nobody looks whether it leaves something
        if (!this.#isLookedAfter) this.#mayBeLeft = true
        return this.#asked.run(asked[0].strategyId, () => plugin.evaluate(...asked))
      },
    })

  /**
   * Work that is stopped runs no `finally`: without this, all that comes after it were the stopped strategy's. Until a strategy
   * leaves something, nothing is remembered between one work and the next: each promise of the process would take longer.
   */
  around(interrupter: Interrupter): Interrupter {
    return {
      run: (work, limitMs) => {
        if (this.#mayBeLeft) return this.#asked.run(null, () => interrupter.run(work, limitMs))
        this.#isLookedAfter = true
        this.#leaving.enable()
        try {
          return this.#asked.run(null, () => interrupter.run(work, limitMs))
        } finally {
          this.#leaving.disable()
          this.#isLookedAfter = false
          // nothing that was begun under it goes on
          if (!this.#mayBeLeft) this.#asked.disable()
        }
      },
    }
  }

  /**
   * Records what was left behind and failed. What no plugin has left is heard by those who listen now, or by nobody.
   * @returns what ends it, and has those listen who did before
   */
  listen(telemetry: Telemetry): () => void {
    const restored = EVENTS.map((event) => {
      const others = process.listeners(event as 'uncaughtException') as readonly Listener[]
      const listener = (...said: readonly unknown[]) => {
        const strategyId = this.#asked.getStore() ?? null
        if (strategyId === null) {
          if (others.length === 0) throw said[0]
          for (const other of others) other(...said)
          return
        }
        this.#failed.add(strategyId)
        recordLeft(telemetry, strategyId, said[0])
      }
      process.removeAllListeners(event)
      process.on(event, listener)
      return () => {
        process.off(event, listener)
        for (const other of others) process.on(event, other)
      }
    })
    return () => {
      for (const restore of restored) restore()
    }
  }

  take(): readonly string[] {
    const failed = [...this.#failed]
    this.#failed.clear()
    return failed
  }
}

function recordLeft(telemetry: Telemetry, strategyId: string, thrown: unknown): void {
  const { message, place } = describeThrown(thrown)
  telemetry.count(METRICS.strategyErrors, 1, { strategy_id: strategyId, reason: 'left_behind' })
  telemetry.record('error', 'what a strategy left behind has failed', {
    strategy_id: strategyId,
    detail: message,
    place,
  })
}

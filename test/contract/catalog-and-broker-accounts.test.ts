/**
 * Strategy catalogs and broker accounts in every kind of state: revisions never change, a broker account has one
 * label.
 */
import { describe, expect, it } from 'vitest'
import { asCatalogHash } from '../../lib/domain/ids.ts'
import type { CatalogRevision } from '../../lib/ports/strategy-catalog.ts'
import { STATE_BACKENDS, freshState } from '../support/state-backends.ts'
import { ALPHA, BETA } from '../support/state-samples.ts'

const revision = (hash: string, id: string): CatalogRevision => ({
  hash: asCatalogHash(hash),
  strategies: [
    {
      id,
      name: 'Trend',
      strategyType: 'legacy_macd_rsi',
      version: '1.0.0',
      enabled: true,
      baseTimeframe: '1Day',
      universeSymbols: ['AAPL'],
      legacyFallback: null,
      params: { zeta: 1.5e-9, alpha: [true, null, { nested: 'text' }], __proto__x: 'kept' },
    },
  ],
})

describe.each(STATE_BACKENDS)('strategy catalog and broker accounts: $name', ({ open }) => {
  const state = freshState(open)
  const opened = () => state().stores

  it('makes the applied revision current and keeps the earlier ones', async () => {
    const { catalog } = opened()
    expect(await catalog.currentHash()).toBeNull()
    await catalog.apply(revision('h1', 'one'))
    await catalog.apply(revision('h2', 'two'))
    expect(await catalog.currentHash()).toBe('h2')
    await catalog.apply(revision('h1', 'one'))
    expect(await catalog.currentHash()).toBe('h1')
    expect(await catalog.readRevision(asCatalogHash('h2'))).toEqual(revision('h2', 'two'))
    expect(await catalog.readRevision(asCatalogHash('h3'))).toBeNull()
  })

  it('never changes a revision', async () => {
    const { catalog } = opened()
    await catalog.apply(revision('h1', 'one'))
    await catalog.apply(revision('h1', 'changed'))
    expect(await catalog.readRevision(asCatalogHash('h1'))).toEqual(revision('h1', 'one'))
  })

  it('binds a broker account to one label', async () => {
    const { brokerAccounts } = opened()
    const paper = { mode: 'paper', baseUrl: 'https://paper.example' } as const
    const live = { mode: 'live', baseUrl: 'https://live.example' } as const
    expect(await brokerAccounts.bind(paper, 'acct-1', ALPHA)).toEqual({ holder: ALPHA })
    expect(await brokerAccounts.bind(paper, 'acct-1', ALPHA)).toEqual({ holder: ALPHA })
    expect(await brokerAccounts.bind(paper, 'acct-1', BETA)).toEqual({ holder: ALPHA })
    expect(await brokerAccounts.bind(live, 'acct-1', BETA)).toEqual({ holder: BETA })
    expect(await brokerAccounts.bind(paper, 'acct-2', BETA)).toEqual({ holder: BETA })
  })
})

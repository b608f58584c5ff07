/** Which accounts have open work, told by the index alone. */
import { expect, it } from 'vitest'
import { openAccounts } from '../../lib/adapters/dynamodb/open-accounts.ts'
import { freshState, openDynamoState } from '../support/state-backends.ts'
import { ALPHA, BETA, aDecision, anExecution, anUnmatchedOrder } from '../support/state-samples.ts'

const state = freshState(openDynamoState)

it('are those with an execution that somebody still has to look after, each once', async () => {
  const { client, names, stores } = state()
  expect(await openAccounts(client, names.state)).toEqual([])
  await stores.executions.createExecution(anExecution({ state: 'accepted' }, aDecision(1, BETA)))
  await stores.executions.createExecution(anExecution({ state: 'unknown' }, aDecision(2, BETA)))
  await stores.executions.createExecution(anExecution({ state: 'filled' }, aDecision(3, ALPHA)))
  // what is parked is no open work of an account that nobody looks after
  await stores.unmatchedOrders.park(anUnmatchedOrder())
  expect(await openAccounts(client, names.state)).toEqual([BETA])
})

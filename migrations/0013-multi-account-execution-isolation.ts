/**
 * 0013: gives every row of the single-account system the label of its account, and its account-scoped item. A row's label
 * is that of the decision behind it where that names one, else the default label.
 */
import type { Migration } from '../lib/migrations/migration.ts'

export const multiAccountExecutionIsolation: Migration = {
  id: '0013_multi_account_execution_isolation',
  description: 'gives every single-account row its account label and its account-scoped item',
  steps: [
    { table: 'trade_decisions', labelFrom: [] },
    { table: 'executions', labelFrom: [{ link: 'decisionId', of: 'trade_decisions' }] },
    { table: 'alpaca_order', labelFrom: [{ link: 'clientOrderId', of: 'executions' }] },
    {
      table: 'execution_order_events',
      labelFrom: [
        { link: 'clientOrderId', of: 'executions' },
        { link: 'alpacaOrderId', of: 'alpaca_order' },
      ],
    },
    { table: 'trade_cursor', labelFrom: [] },
  ],
}

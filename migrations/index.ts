/** Every migration, in the order in which they are applied. A new one is added at the end; none is ever changed. */
import type { Migration } from '../lib/migrations/migration.ts'
import { multiAccountExecutionIsolation } from './0013-multi-account-execution-isolation.ts'

export const MIGRATIONS: readonly Migration[] = [multiAccountExecutionIsolation]

/** Every mutant that is kept. */
import { laneMutants } from './lanes.ts'
import type { Mutant } from './mutant.ts'
import { orderMutants } from './orders.ts'
import { storeMutants } from './stores.ts'

export const MUTANTS: readonly Mutant[] = [...storeMutants, ...orderMutants, ...laneMutants]

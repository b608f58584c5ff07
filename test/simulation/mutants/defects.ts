/** The defects that the protocol once had, put back. */
import type { Defect } from './mutant.ts'

export const DEFECTS: readonly Defect[] = []

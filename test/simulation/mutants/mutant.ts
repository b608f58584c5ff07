/** What a mutant is: a replacement of one text in one file of the product. */
import type { Invariant } from '../sim/checks.ts'

/** A fault put into the product's own code on purpose: the tests must notice it. */
export interface Mutant {
  readonly name: string
  /** From the repository's root. */
  readonly file: string
  /** Stands exactly once in the file. */
  readonly search: string
  readonly replace: string
  /** What goes wrong with it. */
  readonly breaks: string
  /** The anchor of docs/architecture.md that it violates. */
  readonly invariant: Invariant
  /** Tests that notice it where the simulator cannot: paths of test files. */
  readonly tests?: readonly string[]
}

/** What a mutant is: a replacement of one text in one file of the product; and a defect of old, put back by some. */
import type { ProfileName } from './profiles.ts'

/** One text in the place of another. */
export interface Edit {
  /** From the repository's root. */
  readonly file: string
  /** Stands exactly once in the file. */
  readonly search: string
  readonly replace: string
}

/** The thirteen anchors of docs/architecture.md#invariants, in their order. */
export const INVARIANTS = [
  'one-order',
  'decision-first',
  'cursor-forward',
  'version-by-one',
  'terminal-stays',
  'kill-switch',
  'broker-evidence',
  'equal-plans',
  'accounts-apart',
  'settled-in-four-ticks',
  'faults-stay-local',
  'item-size',
  'request-budget',
] as const

/** Where the simulator looks, and in which order. */
export type Look =
  /** So many seeds from 0 on, as `npm run sim` draws them, or with more of what a profile is about. */
  | { readonly seeds: number; readonly profile?: ProfileName }
  /** Every so many-th first fault of the enumeration; alone, or followed by second ones. */
  | { readonly enumerate: number; readonly pairs: boolean }
  /** One seed. */
  | { readonly seed: number; readonly profile?: ProfileName }
  /** One run of a short scenario of the enumeration. */
  | { readonly scenario: number; readonly faults: string }

interface Noticed {
  /** Where the simulator finds it; the first seeds and single faults if absent, nowhere if empty. */
  readonly looks?: readonly Look[]
  /** Tests that notice it: paths of test files, run where the simulator finds nothing. */
  readonly tests?: readonly string[]
}

/** A fault put into the product's own code on purpose: the simulator, or else its tests, must notice it. */
export interface Mutant extends Edit, Noticed {
  readonly name: string
  /** What goes wrong with it. */
  readonly breaks: string
  /** Which of the invariants it violates. */
  readonly invariant: (typeof INVARIANTS)[number]
  /** Why nothing notices it. */
  readonly survives?: string
}

/** A defect that the code once had, put back. */
export interface Defect extends Noticed {
  readonly name: string
  readonly breaks: string
  readonly edits: readonly Edit[]
}

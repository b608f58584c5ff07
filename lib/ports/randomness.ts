/** Random tokens for claims; never part of a plan or a digest. */
export interface Randomness {
  token(): string
}

/** A file that is made piece by piece, over several runs if it must be: what stands in it for good, and what of it is done. */

export interface PieceProgress {
  /** How many pieces stand in the file. */
  readonly pieces: number
  /** Bars so far, by symbol. */
  readonly bars: Readonly<Record<string, number>>
}

export interface PieceFile {
  /** As an earlier run left it. */
  readonly progress: PieceProgress
  /** Adds a piece; once that is done, it stands whatever happens. */
  append(text: string, progress: PieceProgress): Promise<void>
  /** Everything is there: the file gets its name. */
  finish(): Promise<void>
}

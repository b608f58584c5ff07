/** Reads the data that stands packed in the file. */
import type { ExplanationPiece, ReportData } from '../report-data.ts'

export function readData(): Promise<ReportData> {
  return unpack('data') as Promise<ReportData>
}

/** The sections that explain one decision of an account. */
export async function readExplanation(
  account: number,
  decision: number,
  pieceSize: number,
): Promise<ExplanationPiece[number]> {
  const piece = (await unpack(`why-${account}-${Math.floor(decision / pieceSize)}`)) as ExplanationPiece
  return piece[decision % pieceSize] ?? []
}

async function unpack(id: string): Promise<unknown> {
  const text = document.querySelector(`#${id}`)?.textContent ?? ''
  const bytes = Uint8Array.from(atob(text), (character) => character.codePointAt(0) ?? 0)
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))
  return JSON.parse(await new Response(stream).text()) as unknown
}

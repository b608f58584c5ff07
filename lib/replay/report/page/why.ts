/** The dialog that tells why a decision was made; Escape or its button closes it. */
import type { DecisionData } from '../report-data.ts'
import { el } from './dom.ts'
import { minute, quantity } from './format.ts'
import { readExplanation } from './unpack.ts'

/** @param account, decision their places in the data */
export async function showWhy(
  account: number,
  decision: number,
  pieceSize: number,
  { side, symbol, at, quantity: number }: DecisionData,
): Promise<void> {
  const sections = await readExplanation(account, decision, pieceSize)
  const title = `Why ${side} ${quantity(number)} ${symbol}, ${minute(at)}?`
  const close = el('button', { type: 'button' }, 'Close')
  const parts = sections.flatMap(([name, rows]) => [
    el('h3', {}, name),
    el(
      'div',
      { class: 'sideways', tabindex: 0, role: 'region', 'aria-label': name },
      el('table', { class: 'why' }, el('tbody', {}, ...rows.map(rowOf))),
    ),
  ])
  const dialog = el('dialog', { 'aria-label': title }, el('header', {}, el('h2', {}, title), close), ...parts)
  close.addEventListener('click', () => dialog.close())
  dialog.addEventListener('close', () => dialog.remove())
  dialog.addEventListener('click', ({ target }) => {
    if (target === dialog) dialog.close()
  })
  document.body.append(dialog)
  dialog.showModal()
}

function rowOf(cells: readonly string[]): HTMLTableRowElement {
  const [first = '', ...others] = cells
  const isDenied = others[0] === 'denied' || others[0]?.startsWith('denied:') === true
  return el(
    'tr',
    { class: isDenied ? 'denied' : null },
    el('th', { scope: 'row' }, first),
    ...others.map((cell) => el('td', {}, cell)),
  )
}

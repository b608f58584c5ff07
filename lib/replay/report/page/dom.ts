/** Makes elements. Whatever comes out of data becomes text, never markup. */

type Attributes = Readonly<Record<string, string | number | boolean | null | undefined>>

/** Attributes that are null, undefined or false are left out. */
export function el<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) element.setAttribute(key, String(value))
  }
  element.append(...children)
  return element
}

/** A section with its heading. */
export function section(title: string, ...children: readonly (Node | string)[]): HTMLElement {
  const id = title.toLowerCase().replaceAll(/[^a-z]+/g, '-')
  return el('section', { 'aria-labelledby': id }, el('h2', { id }, title), ...children)
}

/** A table that scrolls sideways by itself where it is too wide; the first cell of a row is its heading. */
export function plainTable(
  caption: string,
  head: readonly string[],
  rows: readonly (readonly (string | HTMLElement)[])[],
): HTMLElement {
  const body = rows.map(([first = '', ...others]) =>
    el(
      'tr',
      {},
      el('th', { scope: 'row' }, first),
      ...others.map((cell) => (cell instanceof HTMLTableCellElement ? cell : el('td', {}, cell))),
    ),
  )
  const titles = head.map((title) => el('th', { scope: 'col' }, title))
  return el(
    'div',
    { class: 'sideways', tabindex: 0, role: 'region', 'aria-label': caption },
    el(
      'table',
      {},
      el('caption', {}, caption),
      el('thead', {}, el('tr', {}, ...titles)),
      el('tbody', {}, ...body),
    ),
  )
}

/** A labelled choice; `change` hears the value. */
export function choice(
  label: string,
  options: readonly (readonly [value: string, text: string])[],
  change: (value: string) => void,
): HTMLElement {
  const select = el('select', {}, ...options.map(([value, text]) => el('option', { value }, text)))
  select.addEventListener('change', () => change(select.value))
  return el('label', { class: 'choice' }, label, ' ', select)
}

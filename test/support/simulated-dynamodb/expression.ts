/**
 * DynamoDB's expression language, as far as conditions, updates and key conditions use it, parsed into trees.
 * Source: the developer guide's pages "Condition and filter expressions" and "Update expressions".
 *
 * Invariant: what is not understood is an error, never passed over.
 */

/** A place in an item: names and list indexes. */
export type Path = readonly (string | number)[]

export type Operand =
  | { readonly kind: 'path'; readonly path: Path }
  | { readonly kind: 'value'; readonly name: string }
  | { readonly kind: 'size'; readonly path: Path }

export type Comparator = '=' | '<>' | '<' | '<=' | '>' | '>='

export type Condition =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Condition[] }
  | { readonly kind: 'not'; readonly part: Condition }
  | {
      readonly kind: 'compare'
      readonly comparator: Comparator
      readonly left: Operand
      readonly right: Operand
    }
  | { readonly kind: 'between'; readonly operand: Operand; readonly low: Operand; readonly high: Operand }
  | { readonly kind: 'in'; readonly operand: Operand; readonly options: readonly Operand[] }
  | { readonly kind: 'exists' | 'missing'; readonly path: Path }
  | { readonly kind: 'begins_with' | 'contains'; readonly operand: Operand; readonly part: Operand }

export type SetValue =
  | Operand
  | { readonly kind: 'if_missing'; readonly path: Path; readonly otherwise: SetValue }
  | { readonly kind: 'sum'; readonly sign: 1 | -1; readonly left: SetValue; readonly right: SetValue }

export interface Update {
  readonly set: readonly { readonly path: Path; readonly value: SetValue }[]
  readonly remove: readonly Path[]
}

const TOKEN = /\s*(<>|<=|>=|[=<>(),.+\-[\]]|[#:]?[A-Za-z0-9_]+)/y

const conditions = new Map<string, Condition>()
const updates = new Map<string, Update>()

export function parseCondition(text: string): Condition {
  return kept(conditions, text, () => {
    const parser = new Parser(text)
    return parser.end(parser.or())
  })
}

export function parseUpdate(text: string): Update {
  return kept(updates, text, () => {
    const parser = new Parser(text)
    return parser.end(parser.update())
  })
}

/** Expressions are few and come again with every call. */
function kept<T>(known: Map<string, T>, text: string, parse: () => T): T {
  const found = known.get(text)
  if (found !== undefined) return found
  const parsed = parse()
  known.set(text, parsed)
  return parsed
}

class Parser {
  readonly #text: string
  readonly #tokens: string[] = []
  #next = 0

  constructor(text: string) {
    this.#text = text
    TOKEN.lastIndex = 0
    while (TOKEN.lastIndex < text.trimEnd().length) {
      const at = TOKEN.lastIndex
      const token = TOKEN.exec(text)?.[1]
      if (token === undefined) throw new Error(`cannot read the expression at ${at}: ${text}`)
      this.#tokens.push(token)
    }
  }

  end<T>(parsed: T): T {
    if (this.#next < this.#tokens.length) throw this.#unexpected()
    return parsed
  }

  or(): Condition {
    return this.#chain('or', 'OR', () => this.#and())
  }

  update(): Update {
    const set: Update['set'][number][] = []
    const remove: Path[] = []
    while (this.#next < this.#tokens.length) {
      if (this.#takeWord('SET')) {
        do {
          const path = this.#path()
          this.#expect('=')
          set.push({ path, value: this.#setValue() })
        } while (this.#take(','))
      } else if (this.#takeWord('REMOVE')) {
        do remove.push(this.#path())
        while (this.#take(','))
      } else throw this.#unexpected()
    }
    return { set, remove }
  }

  #and(): Condition {
    return this.#chain('and', 'AND', () => this.#not())
  }

  #chain(kind: 'and' | 'or', word: string, part: () => Condition): Condition {
    const parts = [part()]
    while (this.#takeWord(word)) parts.push(part())
    const [only] = parts
    return parts.length === 1 && only !== undefined ? only : { kind, parts }
  }

  #not(): Condition {
    if (this.#takeWord('NOT')) return { kind: 'not', part: this.#not() }
    if (this.#take('(')) {
      const inner = this.or()
      this.#expect(')')
      return inner
    }
    return this.#predicate()
  }

  #predicate(): Condition {
    if (this.#takeWord('attribute_exists')) return { kind: 'exists', path: this.#inBrackets() }
    if (this.#takeWord('attribute_not_exists')) return { kind: 'missing', path: this.#inBrackets() }
    for (const kind of ['begins_with', 'contains'] as const) {
      if (!this.#takeWord(kind)) continue
      this.#expect('(')
      const operand = this.#operand()
      this.#expect(',')
      const part = this.#operand()
      this.#expect(')')
      return { kind, operand, part }
    }
    const left = this.#operand()
    if (this.#takeWord('BETWEEN')) {
      const low = this.#operand()
      if (!this.#takeWord('AND')) throw this.#unexpected()
      return { kind: 'between', operand: left, low, high: this.#operand() }
    }
    if (this.#takeWord('IN')) {
      this.#expect('(')
      const options = [this.#operand()]
      while (this.#take(',')) options.push(this.#operand())
      this.#expect(')')
      return { kind: 'in', operand: left, options }
    }
    const comparator = this.#take('=', '<>', '<=', '>=', '<', '>')
    if (comparator === null) throw this.#unexpected()
    return { kind: 'compare', comparator: comparator as Comparator, left, right: this.#operand() }
  }

  #setValue(): SetValue {
    const left = this.#setTerm()
    const sign = this.#take('+', '-')
    return sign === null ? left : { kind: 'sum', sign: sign === '+' ? 1 : -1, left, right: this.#setTerm() }
  }

  #setTerm(): SetValue {
    if (!this.#takeWord('if_not_exists')) return this.#operand()
    this.#expect('(')
    const path = this.#path()
    this.#expect(',')
    const otherwise = this.#setValue()
    this.#expect(')')
    return { kind: 'if_missing', path, otherwise }
  }

  #operand(): Operand {
    if (this.#takeWord('size')) return { kind: 'size', path: this.#inBrackets() }
    const token = this.#tokens[this.#next]
    if (token?.startsWith(':') !== true) return { kind: 'path', path: this.#path() }
    this.#next += 1
    return { kind: 'value', name: token }
  }

  #inBrackets(): Path {
    this.#expect('(')
    const path = this.#path()
    this.#expect(')')
    return path
  }

  #path(): Path {
    const path: (string | number)[] = [this.#name()]
    for (;;) {
      if (this.#take('.')) path.push(this.#name())
      else if (this.#take('[')) {
        path.push(Number(this.#name()))
        this.#expect(']')
      } else return path
    }
  }

  #name(): string {
    const token = this.#tokens[this.#next]
    if (token === undefined || !/^#?\w+$/.test(token)) throw this.#unexpected()
    this.#next += 1
    return token
  }

  #take(...texts: readonly string[]): string | null {
    const token = this.#tokens[this.#next]
    if (token === undefined || !texts.includes(token)) return null
    this.#next += 1
    return token
  }

  #takeWord(word: string): boolean {
    const matches = this.#tokens[this.#next]?.toUpperCase() === word.toUpperCase()
    if (matches) this.#next += 1
    return matches
  }

  #expect(text: string): void {
    if (this.#take(text) === null) throw this.#unexpected()
  }

  #unexpected(): Error {
    return new Error(`unexpected ${this.#tokens[this.#next] ?? 'end'} in the expression: ${this.#text}`)
  }
}

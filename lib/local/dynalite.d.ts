// What is used of dynalite, which has no types of its own: the parts that its HTTP server is made of, and in tests that server.
declare module 'dynalite' {
  import type { Server } from 'node:http'
  import type { Options } from 'dynalite/db/index.js'

  export default function dynalite(options?: Options): Server
}

declare module 'dynalite/db/index.js' {
  export interface Options {
    /** LevelDB folder; in memory without one. */
    readonly path?: string
    readonly createTableMs?: number
    readonly deleteTableMs?: number
    readonly updateTableMs?: number
  }

  export type Done = (error: unknown, value?: unknown) => void

  export type Write =
    | { readonly type: 'put'; readonly key: string; readonly value: unknown }
    | { readonly type: 'del'; readonly key: string }

  /** From where to where, as LevelDB takes it. */
  export interface Range {
    readonly gt?: string
    readonly gte?: string
    readonly lt?: string
    readonly lte?: string
    readonly [other: string]: unknown
  }

  export interface RowIterator {
    nextv(size: number): Promise<readonly unknown[]>
    close(): Promise<void>
  }

  /** LevelDB, as dynalite calls it: by callbacks and streams. */
  export interface Database {
    get: (key: string, done: Done) => void
    put: (key: string, value: unknown, done: Done) => void
    del: (key: string, done: Done) => void
    createValueStream: (range: Range) => unknown
    open(): Promise<void>
    getSync(key: string): unknown
    batch(writes: readonly Write[]): Promise<void>
    values(range: Range): RowIterator
    close(): Promise<void>
  }

  export interface Store {
    readonly db: Database
  }

  const storage: { readonly create: (options: Options) => Store }
  export default storage
}

declare module 'dynalite/validations/index.js' {
  import type { Store } from 'dynalite/db/index.js'

  const validations: {
    /** The parameters without those that the types do not name. */
    readonly checkTypes: (parameters: Record<string, unknown>, types: unknown) => Record<string, unknown>
    readonly checkValidations: (parameters: unknown, types: unknown, custom: unknown, store: Store) => void
  }
  export default validations
}

declare module 'dynalite/db/conditionParser.js' {
  export interface ExpressionContext {
    readonly attrNames?: Readonly<Record<string, string>>
    readonly attrVals?: Readonly<Record<string, object>>
    /** Those that no expression has named yet; the parser takes out what it finds. */
    readonly unusedAttrNames?: Record<string, true>
    readonly unusedAttrVals?: Record<string, true>
    readonly isKeyCondition?: boolean
    readonly isReserved: (name: string) => boolean
    /** Of two values, by an operator such as `GT`. */
    readonly compare: (operator: string, left: object, right: object) => boolean
  }

  export interface ExpressionParser {
    /** What the expression says, or as text why it is refused. @throws its SyntaxError */
    parse: (text: string, options: { readonly context: ExpressionContext }) => unknown
  }

  const parser: ExpressionParser
  export default parser
}

declare module 'dynalite/db/projectionParser.js' {
  import type { ExpressionParser } from 'dynalite/db/conditionParser.js'

  const parser: ExpressionParser
  export default parser
}

declare module 'dynalite/db/updateParser.js' {
  import type { ExpressionParser } from 'dynalite/db/conditionParser.js'

  const parser: ExpressionParser
  export default parser
}

/**
 * DynamoDB as dynalite emulates it, without its HTTP server: an operation's name and its parameters in, an answer out.
 */
import storage, { type Store } from 'dynalite/db/index.js'
import validations from 'dynalite/validations/index.js'
import { createRequire } from 'node:module'
import { isMap } from '../formats/codec.ts'
import { checkedTypes, type ParameterTypes } from './checked-types.ts'
import { readAndWriteAtOnce } from './emulator-storage.ts'
import './kept-expressions.ts'

export interface EmulatorAnswer {
  readonly status: number
  /** JSON, bytes in it as texts in base64. */
  readonly body: unknown
}

type Respond = (error: unknown, result?: unknown) => void

interface Operation {
  readonly types: ParameterTypes
  readonly custom: unknown
  readonly perform: (store: Store, parameters: unknown, respond: Respond) => void
}

/** dynalite's errors that are answers. */
interface Refusal {
  readonly statusCode: number
  readonly body: unknown
}

/** Those that adapters and tests ask for. */
const OPERATIONS = [
  'BatchGetItem',
  'BatchWriteItem',
  'CreateTable',
  'DeleteItem',
  'DescribeTable',
  'GetItem',
  'PutItem',
  'Query',
  'Scan',
  'UpdateItem',
]
const UNKNOWN_OPERATION = refusal('UnknownOperationException')
const UNREADABLE = refusal('SerializationException')

export class Emulator {
  readonly #store: Store
  readonly #operations: ReadonlyMap<string, Operation>

  private constructor(store: Store) {
    this.#store = store
    const require = createRequire(import.meta.url)
    this.#operations = new Map(OPERATIONS.map((name) => [name, operationOf(name, require)]))
  }

  /** @param folder null: in memory */
  static async open(folder: string | null): Promise<Emulator> {
    const atOnce = { createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 }
    const store = storage.create(folder === null ? atOnce : { ...atOnce, path: folder })
    await store.db.open()
    readAndWriteAtOnce(store.db)
    return new Emulator(store)
  }

  /**
   * A fault of the disk is thrown where nobody can catch it, for the process's last resort.
   * @param parameters bytes in them as texts in base64; they belong to the emulator from now on
   */
  answer(name: string, parameters: unknown): Promise<EmulatorAnswer> {
    return new Promise((resolve) => {
      const respond: Respond = (error, result) => {
        if (isRefusal(error)) resolve({ status: error.statusCode, body: error.body })
        else if (error) setImmediate(raise, error)
        else resolve({ status: 200, body: result })
      }
      const operation = this.#operations.get(name)
      if (operation === undefined) return respond(UNKNOWN_OPERATION)
      if (!isMap(parameters)) return respond(UNREADABLE)
      try {
        this.#perform(operation, parameters, respond)
      } catch (error) {
        respond(error)
      }
    })
  }

  close(): Promise<void> {
    return this.#store.db.close()
  }

  #perform(
    { types, custom, perform }: Operation,
    parameters: Record<string, unknown>,
    respond: Respond,
  ): void {
    const known = checkedTypes(parameters, types)
    validations.checkValidations(known, types, custom, this.#store)
    perform(this.#store, known, respond)
  }
}

function operationOf(name: string, require: NodeJS.Require): Operation {
  const file = `${name.charAt(0).toLowerCase()}${name.slice(1)}.js`
  const perform = require(`dynalite/actions/${file}`) as Operation['perform']
  const { types, custom } = require(`dynalite/validations/${file}`) as Omit<Operation, 'perform'>
  return { types, custom, perform }
}

function refusal(type: string): Refusal {
  return { statusCode: 400, body: { __type: `com.amazon.coral.service#${type}` } }
}

function isRefusal(error: unknown): error is Refusal {
  return typeof error === 'object' && error !== null && 'statusCode' in error && 'body' in error
}

function raise(error: unknown): never {
  throw error
}

/** Ticks after signals in the template: nothing of it unless it is asked for, and then nothing but it. */
import { describe, expect, it } from 'vitest'
import { parseFunctionEnvironment } from '../../lib/deployment/function-environment.ts'
import { resourcesOf, synthesize } from './synthesize.ts'

const off = resourcesOf(synthesize().template)
const on = resourcesOf(synthesize({ tickOnSignal: 'true' }).template)
const environmentOf = (resources: typeof on, name: string) => {
  const found = [...resources.values()].find(
    ({ Properties }) => Properties['FunctionName'] === `torghut-prod-${name}`,
  )
  const environment = found?.Properties['Environment'] as
    { readonly Variables: Record<string, unknown> } | undefined
  return environment?.Variables ?? {}
}

describe('ticks after signals', () => {
  it('are off unless they are asked for', () => {
    expect(environmentOf(off, 'ingest')).not.toHaveProperty('DISPATCH_FUNCTION_NAME')
    expect(resourcesOf(synthesize({ tickOnSignal: 'false' }).template)).toEqual(off)
  })

  it('add no resource, and change ingest and two policies alone', () => {
    expect([...on.keys()].sort()).toEqual([...off.keys()].sort())
    const changed = [...on].filter(
      ([id, resource]) => JSON.stringify(off.get(id)) !== JSON.stringify(resource),
    )
    expect(changed.map(([, { Type }]) => Type).sort()).toEqual([
      'AWS::IAM::Policy',
      'AWS::IAM::Policy',
      'AWS::Lambda::Function',
    ])
  })

  it('tell ingest whom to ask', () => {
    const { DISPATCH_FUNCTION_NAME: asked } = environmentOf(on, 'ingest')
    const id = (asked as { readonly Ref: string }).Ref
    expect(on.get(id)?.Properties['FunctionName']).toBe('torghut-prod-dispatch')
    const given = {
      ...environmentOf(on, 'ingest'),
      SIGNAL_TABLE_NAME: 'signals',
      DISPATCH_FUNCTION_NAME: 'one',
    }
    expect(parseFunctionEnvironment('ingest', given as Record<string, string>).DISPATCH_FUNCTION_NAME).toBe(
      'one',
    )
  })
})

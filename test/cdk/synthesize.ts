/** Synthesises the stack as `cdk synth` does, with the context of `cdk.json`, without bundling the functions. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { App } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { readConfiguration } from '../../cdk/configuration.ts'
import { TorghutStack } from '../../cdk/torghut-stack.ts'

const PROJECT_ROOT = fileURLToPath(new URL('../..', import.meta.url))
const { context: defaults } = JSON.parse(readFileSync(join(PROJECT_ROOT, 'cdk.json'), 'utf8')) as {
  readonly context: Readonly<Record<string, unknown>>
}

export interface Synthesized {
  readonly stack: TorghutStack
  readonly template: Template
}

/** @param context as given by `-c name=value` */
export function synthesize(context: Readonly<Record<string, string>> = {}): Synthesized {
  const app = new App({
    context: { ...defaults, 'aws:cdk:bundling-stacks': [], stage: 'prod', region: 'us-east-1', ...context },
  })
  const configuration = readConfiguration((name) => app.node.tryGetContext(name), {
    CDK_DEFAULT_ACCOUNT: '123456789012',
  })
  const stack = new TorghutStack(app, {
    configuration,
    codeVersion: '0123456789abcdef',
    projectRoot: PROJECT_ROOT,
  })
  return { stack, template: Template.fromStack(stack) }
}

export interface Resource {
  readonly Type: string
  readonly Properties: Readonly<Record<string, unknown>>
  readonly DeletionPolicy?: string
  readonly UpdateReplacePolicy?: string
  readonly DependsOn?: unknown
}

export function resourcesOf(template: Template): ReadonlyMap<string, Resource> {
  return new Map(Object.entries(template.toJSON()['Resources'] as Record<string, Resource>))
}

/** What a template has beside all that another one has, and the ids of what is not the same in both. */
export function differenceOf(off: Template, on: Template) {
  const [before, after] = [resourcesOf(off), resourcesOf(on)]
  const added = [...after].filter(([id]) => !before.has(id)).map(([, resource]) => resource)
  const changed = [...before].filter(
    ([id, resource]) => JSON.stringify(after.get(id)) !== JSON.stringify(resource),
  )
  return {
    added,
    changed,
    ofType: (type: string): readonly Resource[] => added.filter(({ Type }) => Type === type),
  }
}

/**
 * The CDK app: one stack for the stage that the context names (`-c stage=dev`), checked by the AwsSolutions and
 * Serverless packs of cdk-nag. `cdk/synth.mjs` runs it.
 */
import { App, Validations } from 'aws-cdk-lib'
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag'
import { ConfigurationError } from '../lib/domain/errors.ts'
import { codeVersion } from './code-version.ts'
import { readConfiguration } from './configuration.ts'
import { TorghutStack } from './torghut-stack.ts'

const projectRoot = process.cwd()
const app = new App()
try {
  const configuration = readConfiguration((name) => app.node.tryGetContext(name), process.env)
  new TorghutStack(app, { configuration, codeVersion: codeVersion(projectRoot), projectRoot })
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app))
} catch (error) {
  if (!(error instanceof ConfigurationError)) throw error
  process.stderr.write(`${error.message}\n${error.advice ?? ''}\n`)
  process.exit(2)
}
app.synth()

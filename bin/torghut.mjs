#!/usr/bin/env node
// Entry of `npx torghut`: loads the compiled command line. Compiles it first where the install scripts were not
// run, or where plugins/index.ts was edited since: its plugins are part of the command line.
import { statSync } from 'node:fs'

// The AWS SDK announces the end of its support for old Node versions on stderr; that is ours to track.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true'

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`Node ${process.versions.node} is not supported: torghut needs Node 20.19 or later.\n`)
  process.exit(2)
}

const compiled = new URL('../dist/cli.mjs', import.meta.url)
const plugins = new URL('../plugins/index.ts', import.meta.url)
const changedAt = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0

if (changedAt(compiled) <= changedAt(plugins)) await import('../build.mjs')
await import(compiled.href)

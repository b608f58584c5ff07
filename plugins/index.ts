/**
 * Your strategy plugins, bundled into the lane function by `cdk deploy`. Export an array, or a function of the
 * plugin SDK that returns one, and perhaps `indicators` over bars; see docs/plugins.md.
 */
import type { StrategyPlugin } from '../lib/strategy/plugin.ts'

export const plugins: readonly StrategyPlugin[] = []

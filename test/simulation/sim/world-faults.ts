/** What happens around an invocation between two of its requests: switches and flags flip, secrets and clocks change. */
import type { WORLD_FAULTS } from './faults.ts'
import type { Invocation } from './host.ts'
import type { Kernel } from './kernel.ts'
import { streamOf } from './random.ts'
import type { Scenario } from './scenario.ts'
import type { Stage } from './stage.ts'

export interface Surroundings {
  readonly kernel: Kernel
  readonly scenario: Scenario
  readonly stage: Stage
}

export function worldFault(
  kind: (typeof WORLD_FAULTS)[number],
  place: string,
  invocation: Invocation,
  { kernel, scenario, stage }: Surroundings,
): void {
  const draw = streamOf(0, place)
  switch (kind) {
    case 'kill_switch_flip':
      stage.setKillSwitch(true, null)
      kernel.after(draw.between(1000, 90_000), () => stage.setKillSwitch(false, null))
      return
    case 'flag_flip':
      stage.setFlag('TRADING_ENABLED', 'false')
      kernel.after(draw.between(1000, 90_000), () => stage.setFlag('TRADING_ENABLED', 'true'))
      return
    case 'secret_rotated':
      stage.rotateSecret(draw.pick(scenario.accounts), draw.below(20_000))
      return
    case 'clock_jump':
      invocation.host.skewMs = draw.between(-scenario.skewMs, scenario.skewMs)
  }
}

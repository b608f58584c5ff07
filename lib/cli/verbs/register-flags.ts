/** The verbs of what an operator switches: the kill switch, the flags, and the rollout that they make up. */
import { FALLBACK_LEGACY } from '../../flags/definitions.ts'
import { label } from '../../flags/kinds.ts'
import { addVerb, needsStage, optionOf, takesStage, verbGroup, type VerbRegistrar } from '../verb.ts'

export const registerKill: VerbRegistrar = (program, run) => {
  const group = verbGroup(program, 'kill', 'the kill switch: stop trading, or allow it again')
  const on = addVerb(group, 'on', {
    description: 'switch the kill switch on: nothing is ordered, open orders are cancelled; asks nothing',
    examples: ['torghut kill on', 'torghut kill on --stage prod', 'torghut kill on --account paper'],
  })
  const off = addVerb(group, 'off', {
    description:
      'switch the kill switch off, saying which rollout stage applies then; wants the account label typed, or --confirm',
    examples: ['torghut kill off --confirm paper', 'torghut kill off --account b --confirm b'],
  })
  for (const verb of [on, off]) {
    takesStage(verb).option(
      '--account <label>',
      "this account's own switch instead of the global one",
      optionOf(label),
    )
  }
  on.option('--confirm <label>', 'accepted, not needed')
  off.option('--confirm <label>', 'the account label, typed in advance')
  run(on, async () => (await import('./kill.ts')).killOn)
  run(off, async () => (await import('./kill.ts')).killOff)
}

export const registerFlags: VerbRegistrar = (program, run) => {
  const group = verbGroup(program, 'flags', 'the flags and settings of the runtime')
  const list = addVerb(group, 'list [names...]', {
    description: 'list flags: value, where it comes from, default',
    examples: ['torghut flags', 'torghut flags list TRADING_MODE --json', 'torghut flags list --stage dev'],
    isDefault: true,
  })
  const set = addVerb(group, 'set <name> <value>', {
    description:
      'change a flag; switching the kill switch or the legacy fallback off, or what `plan` warns of, wants the label typed',
    examples: [
      'torghut flags set TRADING_STRATEGY_RUNTIME_MODE scheduler_v3 --stage dev',
      `torghut flags set ${FALLBACK_LEGACY} false --confirm paper`,
    ],
  }).option('--confirm <label>', 'the account label, typed in advance')
  const plan = addVerb(group, 'plan <changes...>', {
    description: 'show what changes would do, old -> new with warnings; changes nothing',
    examples: [
      `torghut flags plan TRADING_STRATEGY_RUNTIME_MODE=plugin_v3 ${FALLBACK_LEGACY}=false --stage dev`,
    ],
  })
  run(takesStage(list), async () => (await import('./flags.ts')).listFlags)
  const unset = addVerb(group, 'unset <name>', {
    description: "take a flag's stored value away, so that the environment's or the default applies",
    examples: [
      'torghut flags unset TRADING_COOLDOWN_SECONDS --stage dev',
      'torghut flags unset TRADING_MISSPELT --stage dev',
    ],
  }).option('--confirm <label>', 'the account label, typed in advance')
  run(takesStage(set), async () => (await import('./flags-change.ts')).setFlag)
  run(takesStage(unset), async () => (await import('./flags-change.ts')).unsetFlag)
  run(takesStage(plan), async () => (await import('./flags-change.ts')).planChanges)
}

export const registerRollout: VerbRegistrar = (program, run) => {
  const group = verbGroup(program, 'rollout', 'the staged rollout, from everything off to the plugin runtime')
  const status = addVerb(group, 'status', {
    description: 'which stage applies, what the next one needs and its commands, and the way back',
    examples: ['torghut rollout status --stage dev', 'torghut rollout status --stage dev --json'],
  })
  run(needsStage(status), async () => (await import('./rollout.ts')).showRollout)
}

/**
 * What speaks against a change of a stage's flags that only its stored state tells: the rollout stage at hand has not
 * shown what it should, or an account would be left alone with open work.
 */
import type { Fleet } from '../flags/fleet.ts'
import type { ExecutionStore } from '../ports/execution-store.ts'
import type { LaneStore } from '../ports/lane-store.ts'
import { decidingStage, rolloutStage, type RolloutStage } from './rollout.ts'
import { checkNeeds, needText, soakOfLane, sumFigures, type SoakFigures } from './soak.ts'

export interface FleetChange {
  readonly before: Fleet
  /** As the flags stand, before the change. */
  readonly killSwitchOn: boolean
  readonly after: Fleet
}

interface RiskStores {
  readonly lanes: Pick<LaneStore, 'listCycles'>
  readonly executions: Pick<ExecutionStore, 'listOpen'>
}

/** Empty when nothing does. @throws UnavailableError */
export async function changeRisks(change: FleetChange, stores: RiskStores): Promise<readonly string[]> {
  return [...(await unmetNeeds(change, stores)), ...(await abandonedWork(change, stores))]
}

/** What was seen of all accounts since the stage began. */
export async function readSoak(
  { accounts, settings: { signalSource } }: Fleet,
  { number }: RolloutStage,
  { lanes }: Pick<RiskStores, 'lanes'>,
): Promise<SoakFigures> {
  const each = accounts.map(({ label }) => soakOfLane(lanes.listCycles(label, signalSource), number))
  return sumFigures(await Promise.all(each))
}

async function unmetNeeds(
  { before, killSwitchOn, after }: FleetChange,
  stores: RiskStores,
): Promise<string[]> {
  if (decidingStage(after.settings) <= decidingStage(before.settings)) return []
  const stage = rolloutStage(before.settings, killSwitchOn)
  if (stage.needs.length === 0) return []
  const unmet = checkNeeds(stage, await readSoak(before, stage, stores)).filter(({ met }) => !met)
  return unmet.map(
    (need) =>
      `stage ${stage.number} (${stage.name}) wants ${needText(need)} first, and has seen ${need.found}`,
  )
}

async function abandonedWork({ before, after }: FleetChange, stores: RiskStores): Promise<string[]> {
  const kept = new Set(after.accounts.map(({ label }) => label))
  const removed = before.accounts.filter(({ label }) => !kept.has(label))
  const open = await Promise.all(removed.map(({ label }) => stores.executions.listOpen(label)))
  return removed.flatMap(({ label }, index) => {
    const count = open[index]?.length ?? 0
    if (count === 0) return []
    const orders = count === 1 ? '1 open order' : `${count} open orders`
    return [
      `removes the account ${label} with ${orders}: nothing settles or cancels them any more ("enabled": false does)`,
    ]
  })
}

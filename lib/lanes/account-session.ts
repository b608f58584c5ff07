/**
 * One invocation's dealings with the broker: opened when first needed, so that an idle cycle never loads the
 * client (docs/architecture.md#cycle).
 */
import type { Settings } from '../domain/settings.ts'
import type { AccountConfig } from '../domain/account.ts'
import { OrderFirewall } from '../orders/firewall.ts'
import type { OrderDeps } from '../orders/order-deps.ts'
import type { Broker } from '../ports/broker.ts'
import type { LaneDeps } from './lane-deps.ts'

export interface AccountSession {
  /** The account's broker, for reading and cancelling. */
  broker(): Promise<Broker>
  orders(): Promise<OrderDeps>
}

export function openAccountSession(
  account: AccountConfig,
  settings: Settings,
  deps: LaneDeps,
): AccountSession {
  let opened: Promise<OrderDeps> | null = null
  const { gateway, killSwitch, permissions, clock, decisions, executions, claims, telemetry } = deps

  const open = async (): Promise<OrderDeps> => {
    const broker = await gateway.connect(account.target)
    const firewall = new OrderFirewall({
      broker,
      killSwitch,
      permissions,
      calendar: deps.calendar(settings),
      clock,
    })
    const brokerAt: OrderDeps['brokerAt'] = (target) => gateway.connect(target)
    return { decisions, executions, firewall, brokerAt, claims, clock, telemetry }
  }
  return {
    broker: () => gateway.connect(account.target),
    orders: () => (opened ??= open()),
  }
}

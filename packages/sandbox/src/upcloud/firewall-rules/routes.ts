import { z } from 'zod'
import type { Server, UpcloudCall, UpcloudRoute } from '../account.ts'
import { conflict, notFound } from '../refusals.ts'
import { findServer, refuseUnless } from '../servers/find.ts'
import { readBody } from '../wire/fields.ts'
import { checkRule, type FirewallRule, ruleInput, ruleView } from './rule.ts'

const path = 'server/:server/firewall_rule'
const one = z.strictObject({ firewall_rule: ruleInput })
const all = z.strictObject({
  firewall_rules: z.strictObject({ firewall_rule: z.array(ruleInput) }),
})
/** As the vendor's description says. */
const mostRules = 1000

export const firewallRuleRoutes: readonly UpcloudRoute[] = [
  {
    method: 'GET',
    path,
    action: 'firewall_rule.list',
    answer(call) {
      const rules = findServer(call).firewallRules.map(ruleView)
      return { status: 200, body: { firewall_rules: { firewall_rule: rules } } }
    },
  },
  { method: 'POST', path, action: 'firewall_rule.create', answer: insert },
  {
    method: 'PUT',
    path,
    action: 'firewall_rule.replace',
    answer(call) {
      const server = changeable(call)
      const { firewall_rules: input } = readBody(all, call.body)
      replaceRules(server, input.firewall_rule)
      return { status: 204 }
    },
  },
  {
    method: 'GET',
    path: `${path}/:position`,
    action: 'firewall_rule.get',
    answer(call) {
      const { rule, index } = namedRule(call)
      return { status: 200, body: { firewall_rule: ruleView(rule, index) } }
    },
  },
  {
    method: 'DELETE',
    path: `${path}/:position`,
    action: 'firewall_rule.delete',
    answer(call) {
      const server = changeable(call)
      const { index } = namedRule(call)
      server.firewallRules = server.firewallRules.toSpliced(index, 1)
      return { status: 204 }
    },
  },
]

/** Without a position it is the last. */
function insert(call: UpcloudCall) {
  const server = changeable(call)
  const { firewall_rule: rule } = readBody(one, call.body)
  const { length } = server.firewallRules
  const index = Math.min(Number(rule.position ?? length + 1) - 1, length)
  replaceRules(server, server.firewallRules.toSpliced(index, 0, rule))
  return { status: 201, body: { firewall_rule: ruleView(rule, index) } }
}

function replaceRules(server: Server, rules: readonly FirewallRule[]): void {
  if (rules.length > mostRules) {
    throw conflict('FIREWALL_RULE_LIMIT_REACHED', `A server may have ${mostRules} rules.`)
  }
  for (const rule of rules) checkRule(rule)
  server.firewallRules = rules
}

function changeable(call: UpcloudCall): Server {
  const server = findServer(call)
  refuseUnless(server, 'started', 'stopped')
  return server
}

function namedRule(call: UpcloudCall): { readonly rule: FirewallRule; readonly index: number } {
  const server = findServer(call)
  const index = Number(call.parameters.position) - 1
  const rule = server.firewallRules[index]
  if (rule !== undefined) return { rule, index }
  throw notFound(
    'FIREWALL_RULE_NOT_FOUND',
    `The firewall rule ${call.parameters.position} does not exist.`,
  )
}

import { describeRule, type Plan, type Scope } from '@kontena/core'
import type { Context } from '../context.ts'

/** What `--dry-run` prints. */
export function printPlan(plan: Plan, scope: Scope, context: Context): void {
  if (context.json) context.printJson(planJson(plan, scope))
  else for (const line of planLines(plan, scope)) context.print(line)
}

/** A plan as people read it. */
function planLines(plan: Plan, scope: Scope): string[] {
  const { provider, account, owner, masterUrl } = scope
  const facts = Object.entries(plan.preflight.facts).map(([key, value]) => `${key} ${value}`)
  return [
    `Plan for grid ${owner.grid}: ${plan.nodes.length} on ${provider.title}, account ${account.id}, ${account.region}`,
    '',
    'Nodes:',
    ...plan.nodes.map(({ name, zone, labels }) => `  ${name}  ${zone}  ${labels.join(',')}`),
    'Machines:',
    ...facts.map((fact) => `  ${fact}`),
    `  master ${masterUrl}`,
    'Open ports:',
    ...plan.request.policy.rules.map((rule) => `  ${describeRule(rule)} (${rule.purpose})`),
    'Calls that change something:',
    ...plan.calls.map((call) => `  ${call}`),
    ...plan.warnings.map((warning) => `Note: ${warning}`),
    '',
    'Nothing was made.',
  ]
}

/** A plan as one JSON object. */
function planJson(plan: Plan, scope: Scope): unknown {
  return {
    type: 'plan',
    provider: scope.provider.name,
    account: { id: scope.account.id, region: scope.account.region },
    grid: scope.owner.grid,
    master: scope.masterUrl,
    nodes: plan.nodes,
    machines: plan.preflight.facts,
    ports: plan.request.policy.rules.map(({ purpose, protocol, ports, from }) => ({
      purpose,
      protocol,
      ports,
      from,
    })),
    calls: plan.calls,
    warnings: plan.warnings,
  }
}

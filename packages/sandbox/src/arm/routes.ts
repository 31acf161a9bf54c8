import { imageRoutes } from './catalog/image-routes.ts'
import { providerRoutes } from './catalog/provider-routes.ts'
import { skuRoutes } from './catalog/sku-routes.ts'
import { subscriptionRoutes } from './catalog/subscription-routes.ts'
import { usageRoutes } from './catalog/usage-routes.ts'
import { diagnosticsRoutes } from './compute/diagnostics.ts'
import { powerRoutes } from './compute/power-routes.ts'
import { deploymentRoutes } from './deployments/routes.ts'
import { resourceRoutes } from './groups/resources.ts'
import { groupRoutes } from './groups/routes.ts'
import { routesOf } from './kind-routes.ts'
import { kinds } from './kinds.ts'
import { operationRoutes } from './operation-routes.ts'
import type { Route } from './route.ts'

/** Everything that this Azure answers. */
export const routes: readonly Route[] = [
  ...subscriptionRoutes,
  ...providerRoutes,
  ...skuRoutes,
  ...usageRoutes,
  ...imageRoutes,
  ...groupRoutes,
  ...resourceRoutes,
  ...deploymentRoutes,
  ...kinds.flatMap(routesOf),
  ...powerRoutes,
  ...diagnosticsRoutes,
  ...operationRoutes,
]

import { type MetadataService, notFound } from '../../vm/metadata-service.ts'

/**
 * As much of Azure's wire server as a system needs to report that it is provisioned: the goal state names
 * the container, without certificates, and its health is taken.
 */
export function openWireServer(vmId: string, name: string): MetadataService {
  const goalState = `<?xml version="1.0" encoding="utf-8"?>
<GoalState xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <Version>2012-11-30</Version>
  <Incarnation>1</Incarnation>
  <Machine><ExpectedState>Started</ExpectedState></Machine>
  <Container>
    <ContainerId>${vmId}</ContainerId>
    <RoleInstanceList>
      <RoleInstance>
        <InstanceId>_${name}</InstanceId>
        <State>Started</State>
      </RoleInstance>
    </RoleInstanceList>
  </Container>
</GoalState>
`
  return ({ method, target }) => {
    const { pathname, searchParams } = new URL(target, 'http://168.63.129.16')
    if (pathname.replace(/\/$/, '') !== '/machine') return notFound()
    const wanted = `${method} ${searchParams.get('comp')}`
    if (wanted === 'GET goalstate') {
      return { status: 200, type: 'text/xml; charset=utf-8', body: goalState }
    }
    return wanted === 'POST health' ? { status: 200, body: '' } : notFound()
  }
}

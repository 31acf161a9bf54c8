import { describeProvider } from '@kontena/core/testing'
import { azureSubject } from './conformance-lab.ts'

await describeProvider(azureSubject)

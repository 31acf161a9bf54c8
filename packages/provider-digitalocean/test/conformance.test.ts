import { describeProvider } from '@kontena/core/testing'
import { digitaloceanSubject } from './conformance-lab.ts'

await describeProvider(digitaloceanSubject)

import { describeProvider } from '@kontena/core/testing'
import { upcloudSubject } from './conformance-lab.ts'

await describeProvider(upcloudSubject)

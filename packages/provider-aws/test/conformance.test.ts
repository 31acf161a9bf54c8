import { describeProvider } from '@kontena/core/testing'
import { awsSubject } from './conformance-lab.ts'

await describeProvider(awsSubject)

import { describeProvider } from '@kontena/core/testing'
import { staticSubject } from './subject.ts'

await describeProvider(staticSubject())

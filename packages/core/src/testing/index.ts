export type { Climate, Condition, Incident } from './conditions.ts'
export { describeProvider } from './describe-provider.ts'
export { describeFact, type Fact } from './fact.ts'
export { checkFact } from './lab.ts'
export { quickFolder } from './quick-folder.ts'
export { type FactResult, factsOf, type RunOptions, runFacts } from './run-facts.ts'
export type {
  BadInput,
  CloudUnderTest,
  HttpAnswer,
  HttpRequest,
  RequestKind,
  Subject,
  TrueMachine,
  TrueRule,
  TrueThing,
  Words,
} from './subject.ts'

export type { Climate, Condition, Incident } from './conditions.ts'
export { describeProvider } from './describe-provider.ts'
export { type FactResult, type RunOptions, runFacts } from './run-facts.ts'
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

export { type Condition, conditionKinds } from './conditions.ts'
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

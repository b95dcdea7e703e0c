export {
  type RehearsalArgs,
  RehearsalEndpoint,
  RehearsalKind,
  type RehearsalLimits,
} from "../rehearsal/args";
export type { FailoverArgs, FailoverTriggerArgs, FlappingArgs } from "./args";
export { FailoverMode, type FailoverOptions, OldPrimaryAction } from "./request";
export { FailoverOrigin, FailoverState, type FailoverStatus, type FailoverStep } from "./status";

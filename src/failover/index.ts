export type { FailoverArgs, FailoverTriggerArgs } from "./args";
export { FailoverMode, type FailoverOptions, OldPrimaryAction } from "./request";
export { FailoverOrigin, FailoverState, type FailoverStatus, type FailoverStep } from "./status";

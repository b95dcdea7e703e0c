export { ApplyMode, type ParameterChangesArgs } from "./apply-mode";
export type { MemoryBudget, MemoryTerm } from "./budget";
export {
  type ChangePlan,
  type MajorChange,
  type ParameterChange,
  PlannedAction,
  PrimaryRestart,
  RestartOrder,
  type WriteInterruption,
} from "./change-plan";
export { ParameterCategory } from "./definition";
export { type ParameterFinding, ParameterRule, Severity } from "./finding";
export type { MaintenanceWindowArgs } from "./maintenance-window";
export type { MemoryLever } from "./lever";
export { type ExplainedParameter, ParameterOrigin } from "./profile";
export { DiskKind, type ProfileArgs, Workload } from "./profile-args";

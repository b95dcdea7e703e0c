export { describeSchedule, nextRuns } from "./next-runs";
export { cronJobProblem, type ScheduleProblem, scheduleProblems } from "./problems";
export { daily, hourly, monthly, weekly } from "./recurrence";
export { resolveSchedule, type ResolvedSchedule } from "./resolve";
export { timeZoneProblem } from "./time-zone";

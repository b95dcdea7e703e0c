export { type DrillArgs, type DrillAssertion, type DrillChecks, DrillTarget } from "./args";

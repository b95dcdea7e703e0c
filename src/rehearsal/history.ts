import { readReports } from "../report-history";
import type { RehearsalReport } from "./report";

export { lastSuccess, withReport } from "../report-history";

/** Reports of rehearsals from what stands in their ConfigMap. */
export const readHistory = readReports<RehearsalReport>;

import { readReports } from "../../report-history";
import type { DrillReport } from "./report";

export { lastSuccess, withReport } from "../../report-history";

/** Reports of drills from what stands in their ConfigMap. */
export const readHistory = readReports<DrillReport>;

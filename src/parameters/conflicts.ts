import type { CheckedValues } from "./checked-values";
import { connectionRules } from "./conflicts/connections";
import { memoryRules } from "./conflicts/memory";
import { observationRules } from "./conflicts/observation";
import type { ConflictRule } from "./conflicts/rule";
import { standbyRules } from "./conflicts/standby";
import { tlsRules } from "./conflicts/tls";
import { vacuumRules } from "./conflicts/vacuum";
import { walRules } from "./conflicts/wal";
import type { ParameterFinding } from "./finding";

const rules: readonly ConflictRule[] = [
  ...memoryRules,
  ...walRules,
  ...connectionRules,
  ...standbyRules,
  ...vacuumRules,
  ...observationRules,
  ...tlsRules,
];

/** What does not fit together: values with each other, with the pod and with the volumes. The memory of the pod has a budget of its own. */
export function conflictFindings(values: CheckedValues): ParameterFinding[] {
  return rules.flatMap(rule => rule(values));
}

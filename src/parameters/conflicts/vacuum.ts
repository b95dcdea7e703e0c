import { anyGiven, type ConflictRule, exceeds, firstGiven } from "./rule";

/** One limit is moved by another without a word. Source: src/backend/commands/vacuum.c. */
function moved(name: string, by: string, share: number, side: "least" | "most"): ConflictRule {
  return values => {
    const [own, other] = [values.number(name), values.number(by)];
    if (!anyGiven(values, [name, by]) || own === undefined || other === undefined) return [];
    const bound = Math.round(share * other);
    const isOutside = side === "least" ? exceeds(bound, own) : exceeds(own, bound);
    if (!isOutside) return [];
    const percent = `${Math.round(share * 100)} % of ${values.named(by)}`;
    return [
      values.warning(firstGiven(values, [name, by]), {
        problem: `has no full effect: the server takes ${name} as ${bound}, ${percent}, ${side === "least" ? "at least" : "at most"}.`,
        remedy: `Write ${bound} as ${name}, or change ${by}.`,
      }),
    ];
  };
}

/** About the age at which rows are frozen. */
export const vacuumRules: readonly ConflictRule[] = ["", "multixact_"].flatMap(kind => {
  const limit = `autovacuum_${kind}freeze_max_age`;
  return [
    moved(`vacuum_${kind}failsafe_age`, limit, 1.05, "least"),
    moved(`vacuum_${kind}freeze_table_age`, limit, 0.95, "most"),
    moved(`vacuum_${kind}freeze_min_age`, limit, 0.5, "most"),
  ];
});

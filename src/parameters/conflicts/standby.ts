import type { ConflictRule } from "./rule";

/** Synchronized slots need feedback, without which the standby's slots could be behind what the primary still has. */
const slotSynchronization: ConflictRule = values => {
  if (values.isOn("sync_replication_slots") !== true) return [];
  const lacking = [
    ...(values.isOn("hot_standby_feedback") === true ? [] : ["hot_standby_feedback = on"]),
    ...(values.setting("wal_level") === "logical" ? [] : ["wal_level = logical"]),
  ];
  if (lacking.length === 0) return [];
  return [
    values.warning("sync_replication_slots", {
      problem: `does nothing without ${lacking.join(" and ")}.`,
      remedy: `Set ${lacking.join(" and ")}.`,
    }),
  ];
};

/** CloudNativePG's admission refuses pg_failover_slots without feedback. */
const failoverSlots: ConflictRule = values => {
  const parameter = values.given().find(({ definition }) => definition.name.startsWith("pg_failover_slots."));
  if (parameter === undefined || values.isOn("hot_standby_feedback") === true) return [];
  return [
    values.refused(parameter.definition.name, {
      problem: "needs hot_standby_feedback = on; CloudNativePG refuses pg_failover_slots without it.",
      remedy: "Set hot_standby_feedback = on.",
    }),
  ];
};

const feedback: ConflictRule = values =>
  values.isOn("hot_standby_feedback") === true && values.number("wal_receiver_status_interval") === 0
    ? [
        values.warning("wal_receiver_status_interval", {
          problem: "is 0, so that standbys send no feedback although hot_standby_feedback is on.",
          remedy: "Write 10s, the server's default.",
        }),
      ]
    : [];

const delays: ConflictRule = values =>
  (values.around.instances ?? 1) < 2
    ? []
    : (["max_standby_streaming_delay", "max_standby_archive_delay"] as const)
        .filter(name => values.number(name) === -1)
        .map(name =>
          values.warning(name, {
            problem: "lets a query on a standby hold replay up without end, and a failover with it.",
            remedy: "Write a time, for example 5min.",
          }),
        );

/** About standbys. */
export const standbyRules: readonly ConflictRule[] = [slotSynchronization, failoverSlots, feedback, delays];

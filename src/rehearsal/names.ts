/** Key of the reports in ConfigMap `<instance>-rehearsals`: a JSON list, the newest first. */
export const rehearsalHistoryKey = "history.json";

/** Key of the rehearsal that runs in the same ConfigMap; absent or empty while none does. */
export const runningRehearsalKey = "running.json";

/** Key of the exporter's query of rehearsals in ConfigMap `<instance>-failover-metric`. */
export const rehearsalMetricKey = "rehearsals";

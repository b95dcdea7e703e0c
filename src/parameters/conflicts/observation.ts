import { managedLibrary } from "../preloading";
import type { CheckedValues } from "../checked-values";
import { identifiers } from "../identifier-list";
import type { ConflictRule } from "./rule";

/** The server refuses the statistics of a statement's parts beside those of the whole. */
const statementStatistics: ConflictRule = values => {
  const parts = ["log_parser_stats", "log_planner_stats", "log_executor_stats"] as const;
  const on = parts.filter(name => values.isOn(name) === true);
  if (values.isOn("log_statement_stats") !== true || on.length === 0) return [];
  return [
    values.refused("log_statement_stats", {
      problem: `cannot be on beside ${on.join(" and ")}: the server would not start.`,
      remedy: "Leave one or the other out.",
    }),
  ];
};

/** pg_stat_statements tells statements apart by an identifier that the server computes. */
const queryIdentifiers: ConflictRule = values =>
  values.setting("compute_query_id") === "off" && preloaded(values).has("pg_stat_statements")
    ? [
        values.warning("compute_query_id", {
          problem: "is off, so that pg_stat_statements has no statistics.",
          remedy: "Leave it out.",
        }),
      ]
    : [];

/** Without its library a parameter of an extension is a text that nobody reads. */
const libraries: ConflictRule = values => {
  if (values.around.preloadedLibraries === undefined) return [];
  const present = preloaded(values);
  return values
    .given()
    .filter(({ definition: { library } }) => library !== undefined && !present.has(library))
    .map(({ definition: { name, library = "" } }) =>
      values.warning(name, {
        problem: `has no effect: its library ${library} is not preloaded.`,
        remedy: `Add ${library} to the preloaded libraries.`,
      }),
    );
};

/** Libraries that are loaded: by argument, by CloudNativePG for their parameters, or by every session. */
function preloaded(values: CheckedValues): ReadonlySet<string> {
  const bySession = ["session_preload_libraries", "local_preload_libraries"].flatMap(
    name => identifiers(values.setting(name) ?? "") ?? [],
  );
  const managed = values.given().flatMap(({ written }) => managedLibrary(written) ?? []);
  return new Set([...(values.around.preloadedLibraries ?? []), ...bySession, ...managed]);
}

/** Random access is never cheaper than access in order. */
const pageCosts: ConflictRule = values => {
  const [random, sequential] = [values.number("random_page_cost"), values.number("seq_page_cost")];
  if (random === undefined || sequential === undefined || random >= sequential) return [];
  return [
    values.warning("random_page_cost", {
      problem: `is below ${values.named("seq_page_cost")}: the planner prefers indexes even where it reads everything.`,
      remedy: `Write ${sequential} or more.`,
    }),
  ];
};

/** About statistics, libraries that observe, and costs. */
export const observationRules: readonly ConflictRule[] = [
  statementStatistics,
  queryIdentifiers,
  libraries,
  pageCosts,
];

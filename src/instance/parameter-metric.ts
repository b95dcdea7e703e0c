import { labels } from "../cnpg/metadata";
import { findDefinition, loadCatalogue } from "../parameters/catalogue";
import { parseValue } from "../parameters/value";
import { sqlLiteral } from "../sql-literal";
import type { PostgresInstanceArgs } from "./args";
import { metadata, type Metadata, parameterMetricKey } from "./render";
import type { ResolvedGeneration, ResolvedInstance } from "./resolve";

/**
 * A ConfigMap with a query for CloudNativePG's exporter: how many parameters are not what the arguments ask for. It compares what the
 * server says of itself, so that it also counts values which are held back, wait for a restart or were changed by hand.
 */
export function parameterMetric(
  instance: ResolvedInstance,
  args: PostgresInstanceArgs,
): { metadata: Metadata; data: Record<string, string> } {
  return {
    metadata: metadata(instance, args, instance.names.parametersMetric, {
      // CloudNativePG takes over a changed query without waiting for another reason.
      labels: { [labels.reload]: "true" },
    }),
    data: {
      // JSON is YAML too.
      [parameterMetricKey]: JSON.stringify({
        pulumi_cnpg_parameters: {
          query: parameterQuery(instance.active),
          metrics: [
            {
              pending: {
                usage: "GAUGE",
                description: "Parameters that restart the server and do not have the value asked for",
              },
            },
            {
              differing: {
                usage: "GAUGE",
                description: "Parameters that do not have the value asked for",
              },
            },
          ],
        },
      }),
    },
  };
}

function parameterQuery(generation: ResolvedGeneration): string {
  const catalogue = loadCatalogue(generation.major);
  const rows = Object.entries(generation.server.parameters).flatMap(([name, value]) => {
    const definition = findDefinition(catalogue, name);
    const parsed = definition && parseValue(definition, value);
    return parsed?.ok === true && !isComputed(value)
      ? [`(${sqlLiteral(definition?.name ?? name)}, ${sqlLiteral(parsed.canonical)})`]
      : [];
  });
  return [
    "SELECT count(*) FILTER (WHERE s.context = 'postmaster') AS pending, count(*) AS differing",
    `FROM (VALUES ${rows.sort().join(", ")}) AS asked (name, setting)`,
    "JOIN pg_catalog.pg_settings s ON s.name = asked.name AND s.setting IS DISTINCT FROM asked.setting",
  ].join(" ");
}

/** The server shows what came of these in place of what was asked for. */
function isComputed(value: string): boolean {
  return value.trim() === "-1";
}

import { sqlLiteral } from "./sql-literal";

/** A label of the metrics, with the value it has. */
export interface ExportedLabel {
  name: string;
  value: string;
  description: string;
}

/** A metric, with the number it has. */
export interface ExportedFigure {
  name: string;
  value: number;
  description: string;
}

/**
 * A query of CloudNativePG's exporter that returns constants, so that it needs no rights and costs nothing.
 * @param query its name; the exporter puts `cnpg_` before it
 */
export function constantsQuery(
  query: string,
  labels: readonly ExportedLabel[],
  figures: readonly ExportedFigure[],
): string {
  const columns = [
    ...labels.map(({ name, value }) => `${sqlLiteral(value)} AS ${name}`),
    ...figures.map(({ name, value }) => `${value} AS ${name}`),
  ];
  // JSON is YAML too.
  return JSON.stringify({
    [query]: {
      query: `SELECT ${columns.join(", ")}`,
      metrics: [
        ...labels.map(({ name, description }) => ({ [name]: { usage: "LABEL", description } })),
        ...figures.map(({ name, description }) => ({ [name]: { usage: "GAUGE", description } })),
      ],
    },
  });
}

/** The label that says of which instance a metric is. */
export function instanceLabelOf(name: string, instance: string): ExportedLabel {
  return { name, value: instance, description: "Name of the instance" };
}

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectDir } from "../../embedded/paths";
import type { CrossCheck, Difference } from "./cross-check";

/** Why we judge some values otherwise than the servers of the cross-check. */
export interface Explanation {
  why: string;
  parameters: string[];
  /** The differences it explains, as `differenceLine` writes them. */
  differences: string[];
}

interface DifferencesFile {
  comment: string;
  explanations: Explanation[];
}

/** What came of comparing the differences with the explained ones. */
export interface Comparison {
  /** By major. */
  explained: Map<number, number>;
  unexplained: string[];
  /** Explained ones that are no longer found. */
  gone: string[];
}

const file = join(projectDir(), "test/servers/differences.json");

/** The committed explanations. */
export function readExplanations(): Explanation[] {
  return (JSON.parse(readFileSync(file, "utf8")) as DifferencesFile).explanations;
}

/** One difference in one line. */
export function differenceLine({ major, name, value, ours, server }: Difference): string {
  return `${major} ${name} = ${JSON.stringify(value)}: ours is ${ours}, the server's is ${server}`;
}

/**
 * Compares differences with the explained ones.
 * @param usual whether the pairs are those of the usual sample; of others, differences of the same parameters are explained too
 */
export function compareDifferences(
  checks: CrossCheck[],
  explanations: Explanation[],
  usual = true,
): Comparison {
  const listed = new Set(explanations.flatMap(({ differences }) => differences));
  const parameters = new Set(explanations.flatMap(explanation => explanation.parameters));
  const isKnown = (difference: Difference): boolean =>
    listed.has(differenceLine(difference)) || (!usual && parameters.has(difference.name));
  const found = new Set(checks.flatMap(({ differences }) => differences.map(differenceLine)));
  const checked = new Set(checks.map(({ major }) => String(major)));
  return {
    explained: new Map(checks.map(({ major, differences }) => [major, differences.filter(isKnown).length])),
    unexplained: checks.flatMap(({ differences }) =>
      differences.filter(difference => !isKnown(difference)).map(differenceLine),
    ),
    gone: usual ? [...listed].filter(line => checked.has(line.slice(0, 2)) && !found.has(line)) : [],
  };
}

/** Lists under each explanation the differences of its parameters; those of other parameters stay unexplained. */
export function updateExplanations(checks: CrossCheck[]): void {
  const found = checks.flatMap(({ differences }) => differences);
  const explanations = readExplanations().map(explanation => ({
    ...explanation,
    differences: found.filter(({ name }) => explanation.parameters.includes(name)).map(differenceLine),
  }));
  const { comment } = JSON.parse(readFileSync(file, "utf8")) as DifferencesFile;
  writeFileSync(file, `${JSON.stringify({ comment, explanations }, undefined, 2)}\n`);
}

/** The result as a table: pairs, how many agreed, how many differences are explained, and the time each major took. */
export function crossCheckTable(checks: CrossCheck[], explained: Map<number, number>): string {
  const rows = checks.map(({ major, server, pairs, shown, differences, took }) => [
    String(major),
    server,
    String(pairs),
    String(shown),
    String(pairs - differences.length),
    String(explained.get(major) ?? 0),
    `${(took / 1000).toFixed(1)} s`,
  ]);
  const table = [["major", "server", "pairs", "shown alike", "agreed", "explained", "time"], ...rows];
  const widths = table[0]?.map((_, column) => Math.max(...table.map(row => row[column]?.length ?? 0))) ?? [];
  return table
    .map(row => row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join("  "))
    .join("\n");
}

import { cacheDir } from "../paths";
import { duration, type Timing } from "./display";
import { bytes } from "./size";
import type { StartResult } from "./start";

/** Steps shorter than this are left out of the breakdown, in seconds. */
const worthTelling = 0.5;

/** What a person reads at the end of a start. */
export function startReport(result: StartResult): string {
  const { outputs } = result;
  const rows: [string, string][] = [
    ["Stack", `${result.stack}: ${result.changes}`],
    ["Server", result.serverVersion],
    [
      "Connection",
      `${result.connection} (password: Secret ${outputs.namespace}/${outputs.connectionSecret})`,
    ],
    ...(result.example === undefined ? [] : [["Example", result.example] as [string, string]]),
    ["From here", "npm run connect"],
    ["Outputs", `${result.outputsFile} (secrets redacted)`],
    ["Cache", `${bytes(result.cacheBytes)} in ${cacheDir()}`],
    ...peakRow(result.peakMemoryBytes),
    ["Time", duration(result.seconds)],
  ];
  return `\n${table(rows)}\n${breakdown(result.timings)}`;
}

function peakRow(peak: number | undefined): [string, string][] {
  return peak === undefined
    ? []
    : [["Peak memory", `${bytes(peak)} (cluster, pods, engine and this process)`]];
}

/** Rows of a name and a value, the values in one column. */
export function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join("");
}

/** Where the time went. Steps run side by side, so the sum is more than the whole. */
export function breakdown(timings: readonly Timing[]): string {
  const told = timings.filter(({ seconds }) => seconds >= worthTelling);
  const lines = told.map(
    ({ title, startedAt, seconds }) =>
      `  ${duration(startedAt).padStart(11)}  ${duration(seconds).padStart(11)}  ${title}\n`,
  );
  return lines.length === 0
    ? ""
    : `  ${"began after".padStart(11)}  ${"took".padStart(11)}\n${lines.join("")}`;
}

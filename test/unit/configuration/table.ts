import { configurationKeys } from "../../../src/configuration";

/** The configuration keys as a Markdown table, in the column widths Prettier gives it. */
export function configurationTable(): string {
  const header = ["key", "environment variable", "default", "meaning"];
  const code = (text: string | undefined): string => (text === undefined || text === "" ? "" : `\`${text}\``);
  const rows = configurationKeys.map(key => [
    code(key.key),
    code(key.environment),
    code(key.fallback),
    key.meaning,
  ]);
  const widths = header.map((title, i) =>
    Math.max(title.length, ...rows.map(row => (row[i] as string).length)),
  );
  const line = (cells: string[]): string =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i] as number)).join(" | ")} |`;
  return [line(header), `| ${widths.map(width => "-".repeat(width)).join(" | ")} |`, ...rows.map(line)].join(
    "\n",
  );
}

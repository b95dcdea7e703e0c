import { type SheetColumn, type SheetSection, sheetSections, sheetTitle } from "./sections";
import type { ServiceSheet } from "./sheet";

/**
 * The sheet as Markdown, for a file in a repository or a comment on a change.
 * @example export const page = orders.sheet.apply(serviceSheetMarkdown);
 */
export function serviceSheetMarkdown(sheet: ServiceSheet): string {
  const sections = sheetSections(sheet).map(section => sectionLines(section).join("\n\n"));
  return `${[`# ${escaped(sheetTitle(sheet))}`, ...sections].join("\n\n")}\n`;
}

function sectionLines({ title, columns, rows = [], facts = [], notes = [] }: SheetSection): string[] {
  return [
    `## ${escaped(title)}`,
    ...(columns === undefined ? [] : [table(columns, rows)]),
    ...(facts.length === 0 ? [] : [table([{ title: "" }, { title: "" }], facts)]),
    ...(notes.length === 0 ? [] : [notes.map(note => `- ${escaped(note)}`).join("\n")]),
  ];
}

function table(columns: readonly SheetColumn[], rows: readonly string[][]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escaped).join(" | ")} |`;
  const rule = columns.map(({ right }) => (right === true ? "---:" : "---"));
  return [line(columns.map(({ title }) => title)), line(rule), ...rows.map(line)].join("\n");
}

/** What would end a cell or begin a tag. */
function escaped(text: string): string {
  return text.replace(/[\\|<*_`]/g, mark => `\\${mark}`);
}

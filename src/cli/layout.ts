import { styleText } from "node:util";

/** What text is fitted to. */
export interface Layout {
  /** Columns of the terminal; infinite where nobody reads line by line, so that a row stays one line. */
  width: number;
  colour: boolean;
}

/** How much a word is to stand out. */
export type Emphasis = "bold" | "dim" | "red" | "yellow" | "green";

/** The text in its colour, where there are colours. */
export function emphasised(text: string, emphasis: Emphasis, { colour }: Layout): string {
  return colour && text !== "" ? styleText(emphasis, text, { validateStream: false }) : text;
}

/** Widest line of prose, also on wider terminals. */
const widestProse = 100;

/** Least width of a column that wraps: below, words stand alone and nothing is gained. */
const narrowestColumn = 20;

/** The text in lines of at most `width` characters; a longer word has a line of its own. */
export function wrapped(text: string, width: number): string[] {
  return text.split("\n").flatMap(line => wrappedLine(line, width));
}

function wrappedLine(line: string, width: number): string[] {
  const lines: string[] = [];
  let current = "";
  for (const word of line.split(" ")) {
    const longer = current === "" ? word : `${current} ${word}`;
    if (current !== "" && longer.length > width) {
      lines.push(current);
      current = word;
    } else current = longer;
  }
  return [...lines, current];
}

/** Prose in lines that begin with `indent`. */
export function prose(text: string, indent: string, layout: Layout): string[] {
  const width = Math.min(layout.width, Number.isFinite(layout.width) ? widestProse : layout.width);
  return wrapped(text, Math.max(narrowestColumn, width - indent.length)).map(line => indent + line);
}

/** One column of a table. */
export interface Column {
  title: string;
  /** Figures stand on the right. Default: left. */
  right?: boolean;
  emphasis?: Emphasis;
}

/** Lines of a table with a heading; the last column wraps. */
export function table(columns: Column[], rows: string[][], layout: Layout): string[] {
  const titles = columns.map(({ title }) => title);
  const widths = columns.map((_, i) => Math.max(...[titles, ...rows].map(row => (row[i] ?? "").length)));
  const heading = lines(columns, widths, titles, layout).map(line => emphasised(line, "dim", layout));
  return [...heading, ...rows.flatMap(row => lines(columns, widths, row, layout, true))];
}

/** Rows of a title and a text, the texts in one column. */
export function pairs(rows: [title: string, text: string][], layout: Layout): string[] {
  const columns: Column[] = [{ title: "", emphasis: "dim" }, { title: "" }];
  const widths = [0, 1].map(i => Math.max(...rows.map(row => (row[i] ?? "").length)));
  return rows.flatMap(row => lines(columns, widths, row, layout, true));
}

const gap = "  ";

function lines(
  columns: Column[],
  widths: number[],
  row: string[],
  layout: Layout,
  coloured = false,
): string[] {
  const last = columns.length - 1;
  const cells = columns.slice(0, last).map((column, i) => {
    const cell = row[i] ?? "";
    const padded = column.right === true ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0);
    return column.emphasis === undefined || !coloured ? padded : emphasised(padded, column.emphasis, layout);
  });
  const before = widths.slice(0, last).reduce((sum, width) => sum + width + gap.length, 0);
  const rest = wrapped(row[last] ?? "", Math.max(narrowestColumn, layout.width - before));
  return rest.map((text, i) => (i === 0 ? [...cells, text].join(gap) : " ".repeat(before) + text).trimEnd());
}

import { writeFileSync } from "node:fs";
import { ArgumentError } from "../../argument-error";
import { checkSheet } from "../../instance/checks/sheet";
import { resolveInstance } from "../../instance/resolve";
import { instanceProblems } from "../../instance/validate";
import { reporter } from "../../report";
import { serviceSheet } from "../../sheet/compute";
import { type LimitProblem, limitProblems } from "../../sheet/limits";
import { serviceSheetMarkdown } from "../../sheet/markdown";
import { type SheetSection, sheetSections, sheetTitle } from "../../sheet/sections";
import type { ServiceSheet } from "../../sheet/sheet";
import { emphasised, type Layout, pairs, prose, table } from "../layout";
import { type CommandResult, ExitCode, PlainFailure, UsageError } from "../result";
import type { SheetSource } from "../sheet-source";

/** Of which instance, and how it is shown. */
export interface SheetRequest extends SheetSource {
  json: boolean;
  markdown?: boolean;
  output?: string;
}

/** The service sheet, and what of its limits is not kept. */
export function sheet(request: SheetRequest, layout: Layout): CommandResult {
  const made = sheetOf(request);
  const broken = limitProblems(made, request.args.sheet?.limits ?? {});
  const exitCode = broken.length > 0 ? ExitCode.Refused : ExitCode.Done;
  const json = { ...made, limits: broken };
  const { output, markdown = false } = request;
  const refusal = limitLines(broken, layout).join("\n");
  const notes = refusal === "" ? {} : { notes: refusal };
  if (output !== undefined) {
    write(output, request.json ? `${JSON.stringify(json, undefined, 2)}\n` : serviceSheetMarkdown(made));
    return { exitCode, json, text: `Wrote ${output}.`, ...notes };
  }
  if (markdown) return { exitCode, json, text: serviceSheetMarkdown(made), ...notes };
  const lines = [emphasised(sheetTitle(made), "bold", layout), ...sectionsLines(made, layout)];
  return { exitCode, json, text: [...lines, ...(refusal === "" ? [] : ["", refusal])].join("\n") };
}

/** Only of what is right can be told what it takes. Whether its limits are kept is no reason to show nothing. */
function sheetOf({ resource, args, store }: SheetRequest): ServiceSheet {
  const { problems, report } = reporter("PostgresInstance", resource);
  problems.push(...instanceProblems(resource, { ...args, sheet: undefined }));
  checkSheet(args, report);
  if (problems.length > 0) throw new UsageError(new ArgumentError(problems).message);
  return serviceSheet({ instance: resolveInstance(resource, args), args, store });
}

function sectionsLines(made: ServiceSheet, layout: Layout): string[] {
  return sheetSections(made).flatMap(section => ["", ...sectionLines(section, layout)]);
}

function sectionLines(section: SheetSection, layout: Layout): string[] {
  const { title, columns, rows = [], facts = [], notes = [] } = section;
  return [
    emphasised(title, "bold", layout),
    ...(columns === undefined ? [] : table(columns, rows, layout)),
    ...(facts.length === 0 ? [] : pairs(facts, layout)),
    ...notes.flatMap(note => prose(note, "", layout)),
  ];
}

const indent = "         ";

function limitLines(broken: readonly LimitProblem[], layout: Layout): string[] {
  return broken.flatMap(({ argument, value, problem, remedy }) => [
    `${emphasised("refused", "red", layout)}  ${emphasised(`limits.${argument} = ${value}`, "bold", layout)}`,
    ...prose(problem, indent, layout),
    ...prose(`→ ${remedy}`, indent, layout),
  ]);
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new PlainFailure(`${file} cannot be written: ${(error as Error).message}`);
  }
}

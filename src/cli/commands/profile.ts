import { confValue } from "../../parameters/conf-value";
import type { JudgedParameters } from "../../parameters/judge";
import { emphasised, type Layout, table } from "../layout";
import { ProfileFormat } from "../profile-format";
import { type CommandResult, ExitCode } from "../result";
import { budgetLines, findingCounts, findingLines, refusals, serverLine } from "../verdict";
import { type CheckRequest, judge } from "./check";

/** A profile for one size of pod, with values in place of its own. */
export interface ProfileRequest extends CheckRequest {
  format: ProfileFormat;
}

/** The values a profile gives a pod, each with its reason, and the memory they may take. */
export function profile(request: ProfileRequest, layout: Layout): CommandResult {
  const judged = judge(request);
  const refused = refusals(judged.findings).length > 0;
  const json = {
    verdict: refused ? "refused" : "fine",
    workload: request.workload,
    pod: request.pod,
    instances: request.instances,
    parameters: judged.parameters,
    explanation: judged.explanation,
    budget: judged.budget,
    findings: judged.findings,
  };
  const exitCode = refused ? ExitCode.Refused : ExitCode.Done;
  if (request.format === ProfileFormat.Table) {
    return { exitCode, json, text: overview(request, judged, refused, layout).join("\n") };
  }
  // A file of refused values would be taken for a good one.
  const text = refused ? "" : fileLines(request.format, judged).join("\n");
  const notes = findingLines(judged.findings, layout).join("\n");
  return { exitCode, json, text, ...(notes === "" ? {} : { notes }) };
}

function overview(
  request: ProfileRequest,
  { parameters, explanation, budget, findings }: JudgedParameters,
  refused: boolean,
  layout: Layout,
): string[] {
  const columns = [{ title: "name", emphasis: "bold" as const }, { title: "value" }, { title: "why" }];
  const rows = Object.entries(parameters).map(([name, value]) => [
    name,
    value,
    explanation[name]?.reason ?? "",
  ]);
  return [
    serverLine(request),
    ...(rows.length === 0 ? [] : ["", ...table(columns, rows, layout)]),
    ...(findings.length === 0 ? [] : ["", ...findingLines(findings, layout)]),
    ...(refused
      ? ["", emphasised(`Refused: ${findingCounts(findings).join(", ")}.`, "red", layout)]
      : ["", ...budgetLines(budget, layout)]),
  ];
}

function fileLines(format: ProfileFormat, { parameters, explanation }: JudgedParameters): string[] {
  return Object.entries(parameters).map(([name, value]) => {
    const written =
      format === ProfileFormat.Conf
        ? `${name} = ${confValue(value)}`
        : // A JSON string is a YAML string.
          `${name}: ${JSON.stringify(value)}`;
    const reason = explanation[name]?.reason;
    return reason === undefined ? written : `${written} # ${reason}`;
  });
}

import { judgeParameters, type JudgedParameters } from "../../parameters/judge";
import type { DiskKind } from "../../parameters/profile-args";
import { emphasised, type Layout } from "../layout";
import { type CommandResult, ExitCode } from "../result";
import {
  budgetLines,
  consentLines,
  findingCounts,
  findingLines,
  type JudgedServer,
  refusals,
  serverLine,
} from "../verdict";

/** Parameters and the server they would be for. */
export interface CheckRequest extends JudgedServer {
  disk: DiskKind;
  parameters: Record<string, string>;
  /** Names whose danger is accepted. */
  allowUnsafe: string[];
  acceptMemoryRisk: boolean;
  /** Libraries that are preloaded. */
  preload: string[];
}

/** Judges parameters as `PostgresInstance` does at preview. */
export function check(request: CheckRequest, layout: Layout): CommandResult {
  const judged = judge(request);
  const refused = refusals(judged.findings).length > 0;
  return {
    exitCode: refused ? ExitCode.Refused : ExitCode.Done,
    text: text(request, judged, refused, layout).join("\n"),
    json: {
      verdict: refused ? "refused" : "fine",
      workload: request.workload,
      pod: request.pod,
      instances: request.instances,
      findings: judged.findings,
      parameters: judged.parameters,
      budget: judged.budget,
    },
  };
}

/** The judgement of one request; also of the profile alone. */
export function judge(request: CheckRequest): JudgedParameters {
  const { workload, disk, pod, instances } = request;
  return judgeParameters({
    profile: { workload, disk },
    parameters: request.parameters,
    pod,
    around: {
      major: pod.major,
      instances,
      memory: pod.memory,
      walVolume: pod.walStorage ?? pod.storage,
      separateWal: pod.walStorage !== undefined,
      preloadedLibraries: request.preload,
      allowUnsafe: request.allowUnsafe,
    },
    acceptMemoryRisk: request.acceptMemoryRisk,
  });
}

function text(request: CheckRequest, judged: JudgedParameters, refused: boolean, layout: Layout): string[] {
  const { findings, budget } = judged;
  const count = Object.keys(request.parameters).length;
  const given = count === 1 ? "1 parameter given" : `${count} parameters given`;
  const verdict = [given, ...findingCounts(findings)].join(", ");
  return [
    serverLine(request),
    "",
    ...spaced(findingLines(findings, layout)),
    refused
      ? emphasised(`Refused: ${verdict}.`, "red", layout)
      : emphasised(`Fine: ${verdict}.`, "green", layout),
    ...spacedBefore(refused ? consentLines(findings, layout) : budgetLines(budget, layout)),
  ];
}

function spaced(lines: string[]): string[] {
  return lines.length === 0 ? [] : [...lines, ""];
}

function spacedBefore(lines: string[]): string[] {
  return lines.length === 0 ? [] : ["", ...lines];
}

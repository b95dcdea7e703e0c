import { resolveAvailability } from "../../availability/resolve";
import { PrimaryUpdateMethod, PrimaryUpdateStrategy } from "../../cnpg/cluster";
import { ApplyMode } from "../../parameters/apply-mode";
import { describePlan, planChange, type ServerFacts } from "../../parameters/change-plan";
import { checkParameters } from "../../parameters/check";
import { type ParameterFinding, ParameterRule, Severity } from "../../parameters/finding";
import { emphasised, type Layout, prose } from "../layout";
import { type CommandResult, ExitCode } from "../result";
import { findingLines } from "../verdict";

/** Two sets of parameters, and the servers that go from one to the other. */
export interface PlanRequest {
  from: Record<string, string>;
  to: Record<string, string>;
  major: number;
  instances: number;
  primaryUpdateMethod: PrimaryUpdateMethod;
  primaryUpdateStrategy: PrimaryUpdateStrategy;
  /** Seconds open sessions get to end by themselves. Default: that of an instance of so many servers. */
  smartShutdownTimeout?: number;
  mode: ApplyMode;
}

/** What an update from one set of parameters to the other does to the servers. */
export function plan(request: PlanRequest, layout: Layout): CommandResult {
  const { from, to, mode } = request;
  const { smartShutdownTimeout } = resolveAvailability(request);
  const facts = (parameters: Record<string, string>): ServerFacts => ({
    ...request,
    smartShutdownTimeout,
    parameters,
  });
  const planned = planChange(facts(from), facts(to), mode !== ApplyMode.Immediate);
  const refused = [...wrongValues(request), ...planned.problems.filter(isRefused)];
  const [summary = "", ...details] = describePlan(planned);
  const lines = [
    emphasised(summary, "bold", layout),
    ...details.flatMap(sentence => prose(sentence, "", layout)),
    ...(refused.length === 0 ? [] : ["", ...findingLines(refused, layout)]),
  ];
  return {
    exitCode: refused.length > 0 ? ExitCode.Refused : ExitCode.Done,
    text: lines.join("\n"),
    json: { ...planned, refused, sentences: [summary, ...details] },
  };
}

function isRefused({ severity }: ParameterFinding): boolean {
  return severity === Severity.Refused;
}

/** There is no plan to what no server would run with. Dangers are the business of `check`. */
function wrongValues({ to, major, instances }: PlanRequest): ParameterFinding[] {
  return checkParameters(to, { major, instances }).filter(
    finding => isRefused(finding) && finding.rule !== ParameterRule.Unsafe,
  );
}

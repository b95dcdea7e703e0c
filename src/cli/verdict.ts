import { amountText } from "../parameters/amount";
import { describeBudget, type MemoryBudget } from "../parameters/budget";
import { type ParameterFinding, ParameterRule, Severity } from "../parameters/finding";
import type { PodSize } from "../parameters/profile";
import type { Workload } from "../parameters/profile-args";
import { emphasised, type Layout, prose } from "./layout";

/** What parameters are judged for, besides themselves. */
export interface JudgedServer {
  workload: Workload;
  pod: PodSize;
  instances: number;
}

/** The server in one line: a verdict means nothing without it. */
export function serverLine({ workload, pod, instances }: JudgedServer): string {
  const parts = [
    `PostgreSQL ${pod.major}`,
    `profile ${workload}`,
    `${amountText(pod.memory)} memory`,
    `${pod.cpu} CPU`,
    `${amountText(pod.storage)} storage`,
    ...(pod.walStorage === undefined ? [] : [`${amountText(pod.walStorage)} for WAL`]),
    ...(instances === 1 ? [] : [`${instances} instances`]),
  ];
  return parts.join(", ");
}

/** Each finding: how grave, which value, what is wrong, what to do. */
export function findingLines(findings: readonly ParameterFinding[], layout: Layout): string[] {
  return findings.flatMap(finding => {
    const { parameter, value, problem, remedy } = finding;
    const what = value === undefined ? parameter : `${parameter} = ${value}`;
    return [
      `${severityWord(finding, layout)}  ${emphasised(what, "bold", layout)}`,
      ...prose(problem, indent, layout),
      ...(remedy === undefined ? [] : prose(`→ ${remedy}`, indent, layout)),
    ];
  });
}

const indent = "         ";

function severityWord({ severity }: ParameterFinding, layout: Layout): string {
  return severity === Severity.Refused
    ? emphasised("refused", "red", layout)
    : emphasised("warning", "yellow", layout);
}

/** `2 refused`, `1 warning`; empty when there are none. */
export function findingCounts(findings: readonly ParameterFinding[]): string[] {
  const refused = refusals(findings).length;
  const warnings = findings.length - refused;
  return [
    ...(refused === 0 ? [] : [`${refused} refused`]),
    ...(warnings === 0 ? [] : [warnings === 1 ? "1 warning" : `${warnings} warnings`]),
  ];
}

/** Those for which nothing would be created or changed. */
export function refusals(findings: readonly ParameterFinding[]): ParameterFinding[] {
  return findings.filter(({ severity }) => severity === Severity.Refused);
}

/** Remedies name the arguments of `PostgresInstance`; these are the options of the same meaning. */
export function consentLines(findings: readonly ParameterFinding[], layout: Layout): string[] {
  const refused = refusals(findings);
  const unsafe = refused
    .filter(({ rule }) => rule === ParameterRule.Unsafe)
    .map(({ parameter }) => parameter);
  return [
    ...(unsafe.length === 0 ? [] : [`Here, allowUnsafeParameters is --allow-unsafe ${unsafe.join(",")}`]),
    ...(refused.some(({ rule }) => rule === ParameterRule.Memory)
      ? ["Here, acceptMemoryRisk is --accept-memory-risk"]
      : []),
  ].map(line => emphasised(line, "dim", layout));
}

/** The memory at full load, term by term. */
export function budgetLines(budget: MemoryBudget, layout: Layout): string[] {
  return [emphasised("Memory at full load:", "dim", layout), ...describeBudget(budget)];
}

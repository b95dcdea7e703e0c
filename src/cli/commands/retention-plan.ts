import {
  BackupKind,
  type BackupState,
  type KeepTarget,
  type KnownBackup,
  seriesName,
} from "../../backup/known-backup";
import { planRetention, RetentionAction, type RetentionDecision } from "../../backup/retention";
import { defaultRecoveryWindowDays, type RetentionPolicyArgs } from "../../backup/retention-policy";
import type { KeeperResult, KeptBackup } from "../../operations/backup-keeper";
import { type ClusterSurroundings, inCluster } from "../cluster";
import { emphasised, type Layout, prose, table } from "../layout";
import { type CommandResult, ExitCode } from "../result";
import type { Target } from "../target";

/** Backups and the policy that judges them. */
export interface RetentionPlanRequest {
  policy: RetentionPolicyArgs;
  backups: KnownBackup[];
  /** Whether it is known which base backups are marked. */
  marksKnown: boolean;
  now: Date;
}

/** What a run of retention would do, and why. */
export function retentionPlan(request: RetentionPlanRequest, layout: Layout): CommandResult {
  const { policy, backups, marksKnown, now } = request;
  const plan = planRetention(backups, policy, now);
  const { decisions, timeZone } = plan;
  const hasBase = backups.some(({ kind }) => kind === BackupKind.Base);
  const warnings = [...plan.warnings, ...(hasBase && !marksKnown ? [unknownMarks] : [])];
  const summary = countActions(decisions);
  return {
    exitCode: ExitCode.Done,
    text: [
      ...prose(heading(request, timeZone), "", layout),
      ...(decisions.length === 0 ? [] : ["", ...decisionTable(decisions, timeZone, layout)]),
      "",
      summaryLine(summary, decisions.length),
      ...warnings.flatMap(warning => ["", ...warningLines(warning, layout)]),
    ].join("\n"),
    json: {
      now,
      timeZone,
      policy,
      marksKnown,
      summary,
      warnings,
      decisions: decisions.map(({ backup, ...decision }) => ({ ...backup, ...decision })),
    },
  };
}

/** What the job in the cluster would do now with the backups of an instance, and why. Changes nothing. */
export async function instanceRetentionPlan(
  { namespace, instance, context }: Target & { instance: string },
  layout: Layout,
  surroundings: ClusterSurroundings,
): Promise<CommandResult> {
  const result = await inCluster(
    `Planning the retention of ${namespace}/${instance}`,
    { context },
    surroundings,
    async around => {
      const { planFor } = await import("../../operations/backup-keeper.js");
      return planFor({ namespace, instance }, around);
    },
  );
  // What could not be looked at is no smaller a matter than a doubt.
  const warnings = [...result.warnings, ...result.failures];
  const decisions = result.decisions.map(decisionOf);
  const summary = countActions(decisions);
  return {
    exitCode: result.failures.length > 0 ? ExitCode.Failed : ExitCode.Done,
    text: [
      ...prose(`${namespace}/${instance}. ${headingOf(result)}`, "", layout),
      ...(decisions.length === 0 ? [] : ["", ...decisionTable(decisions, result.timeZone, layout)]),
      ...(result.omitted === 0 ? [] : [`and ${counted(result.omitted, "older one")}`]),
      "",
      summaryLine(summary, decisions.length),
      ...warnings.flatMap(warning => ["", ...warningLines(warning, layout)]),
    ].join("\n"),
    json: { namespace, instance, ...result, summary },
  };
}

function headingOf({ policy, asOf, timeZone }: KeeperResult): string {
  return heading({ policy, now: new Date(asOf) }, timeZone);
}

/** As it was before it went through JSON. */
function decisionOf({ action, reason, points, ...backup }: KeptBackup): RetentionDecision {
  const { kind, state, begin, end, keep } = backup;
  return {
    backup: {
      ...backup,
      kind: kind as BackupKind,
      state: state as BackupState,
      begin: new Date(begin),
      end: end === undefined ? undefined : new Date(end),
      keep: keep && { ...keep, target: keep.target as KeepTarget },
    },
    action,
    reason,
    points,
  };
}

const unknownMarks =
  "This listing does not tell which base backups are marked. They are planned as if none were, so no mark is released here.";

function heading({ policy, now }: Pick<RetentionPlanRequest, "policy" | "now">, timeZone: string): string {
  const { recoveryWindowDays = defaultRecoveryWindowDays } = policy;
  const tiers: [number | undefined, string][] = [
    [policy.dailyRetentionDays, "daily points of"],
    [policy.weeklyRetentionWeeks, "weekly points of"],
    [policy.monthlyRetentionMonths, "monthly points of"],
    [policy.yearlyRetentionYears, "yearly points of"],
  ];
  const units = ["day", "week", "month", "year"];
  const parts = tiers.flatMap(([length = 0, title], i) =>
    length === 0 ? [] : [`${title} ${counted(length, units[i] ?? "")}`],
  );
  const window = `recovery window of ${counted(recoveryWindowDays, "day")}`;
  return `As of ${localTime(timeZone)(now)} (${timeZone}), ${[window, ...parts].join(", ")}`;
}

function counted(count: number, unit: string): string {
  return count === 1 ? `1 ${unit}` : `${count} ${unit}s`;
}

function decisionTable(decisions: RetentionDecision[], timeZone: string, layout: Layout): string[] {
  const columns = [
    { title: "backup", emphasis: "bold" as const },
    { title: "begun" },
    { title: "kind" },
    { title: "decision" },
    { title: "reason" },
  ];
  const time = localTime(timeZone);
  const rows = decisions.map(({ backup, action, reason }) => [
    backup.id,
    time(backup.begin),
    seriesName(backup),
    action,
    reason,
  ]);
  return table(columns, rows, layout);
}

/** `2026-02-09 03:00`: where days and weeks count, so must the time that decides on them. */
function localTime(timeZone: string): (time: Date) => string {
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "short" });
  return time => format.format(time);
}

/** How often each action is decided on; those that never are, are left out. */
function countActions(decisions: RetentionDecision[]): Partial<Record<RetentionAction, number>> {
  const counts = Object.values(RetentionAction).map((action): [RetentionAction, number] => [
    action,
    decisions.filter(decision => decision.action === action).length,
  ]);
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}

const indent = "         ";

function warningLines(warning: string, layout: Layout): string[] {
  const [first = "", ...more] = prose(warning, indent, layout);
  return [`${emphasised("warning", "yellow", layout)}  ${first.trimStart()}`, ...more];
}

function summaryLine(summary: Partial<Record<RetentionAction, number>>, total: number): string {
  const parts = Object.entries(summary).map(([action, count]) => `${count} ${action}`);
  return parts.length === 0 ? "There are no backups." : `${counted(total, "backup")}: ${parts.join(", ")}.`;
}

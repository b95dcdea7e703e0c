import type { ChangePlan } from "./change-plan";
import { describeFinding, Severity } from "./finding";
import type { ParameterChange } from "./parameter-change";
import { PrimaryRestart, RestartOrder } from "./server-restart";

/**
 * A plan in sentences, the most important one first: what happens, which values change, and what ought to be known. What is refused
 * is not among them.
 */
export function describePlan(plan: ChangePlan): string[] {
  const { held = [], problems } = plan;
  const values = (names: string[]): string => listOf(plan.changes, names);
  return [
    ...summary(plan),
    ...sentence("Reload", values(plan.reloads)),
    ...sentence("For new sessions only", plan.newSessions.join(", ")),
    ...sentence("Restart", values(plan.restarts)),
    ...sentence("Held back until a restart is due", values(held)),
    ...restartSentences(plan),
    ...problems.filter(({ severity }) => severity === Severity.Warning).map(describeFinding),
  ];
}

function sentence(what: string, list: string): string[] {
  return list === "" ? [] : [`${what}: ${list}.`];
}

function listOf(changes: ParameterChange[], names: string[]): string {
  const shown = changes.filter(({ name }) => names.includes(name));
  return shown
    .map(
      ({ name, effectiveBefore, effectiveAfter }) =>
        `${name} ${word(effectiveBefore)} -> ${word(effectiveAfter)}`,
    )
    .join(", ");
}

function word(value: string | undefined): string {
  if (value === undefined) return "(none)";
  return /^[\w.%:/+-]+$/.test(value) ? value : `"${value}"`;
}

function summary(plan: ChangePlan): string[] {
  const { majorChange, changes, uncompared = [] } = plan;
  if (majorChange !== undefined) {
    const { from, to } = majorChange;
    return [
      `PostgreSQL ${from} -> ${to}: every server stops for the upgrade and starts with the new values, ${changes.length} of them changed.`,
      ...sentence("Not compared, because only one of the majors has it", uncompared.join(", ")),
    ];
  }
  return [`${counts(plan)}${consequence(plan)}`];
}

function counts({ reloads, restarts, held = [] }: ChangePlan): string {
  const parts: [number, string][] = [
    [reloads.length, "reload"],
    [restarts.length, "restart"],
    [held.length, "held back"],
  ];
  const present = parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return present.length === 0 ? "No parameter changes" : present.join(", ");
}

function consequence(plan: ChangePlan): string {
  if (plan.reloads.length + plan.restarts.length + (plan.held?.length ?? 0) === 0) return ".";
  if (plan.restartsOfServers === 0) return " -> no restart.";
  const servers = plan.restartsOfServers === 1 ? "the server" : `${plan.restartsOfServers} servers`;
  return ` -> restart of ${servers}${orderText(plan)}${pauseText(plan)}`;
}

const primaries: Readonly<Record<PrimaryRestart, string>> = {
  [PrimaryRestart.None]: "",
  [PrimaryRestart.InPlace]: "the primary in place",
  [PrimaryRestart.Switchover]: "the primary after a switchover",
  [PrimaryRestart.WaitsForUser]: "the primary when a person switches over",
};

function orderText({ order, primary, restartsOfServers }: ChangePlan): string {
  if (order === RestartOrder.PrimaryFirst) return `, ${primaries[primary]} first, then the standbys`;
  if (order === RestartOrder.StandbysFirst) return `, standbys first, ${primaries[primary]}`;
  return restartsOfServers === 1 && primary === PrimaryRestart.InPlace
    ? " in place"
    : `, ${primaries[primary]}`;
}

function pauseText({ writeInterruption }: ChangePlan): string {
  if (writeInterruption === undefined) return ".";
  const { minSeconds, maxSeconds } = writeInterruption;
  return `; writes pause about ${minSeconds} to ${maxSeconds} s.`;
}

/** How servers restart, and where the estimate comes from. */
function restartSentences({ restartsOfServers, primary, writeInterruption }: ChangePlan): string[] {
  if (restartsOfServers === 0 || writeInterruption === undefined) return [];
  const pods = restartsOfServers > 1 ? ["The standbys' pods are re-created on their volumes."] : [];
  const wait =
    primary === PrimaryRestart.WaitsForUser
      ? ["The update ends while the primary waits: kubectl cnpg promote, or restart, lets it go on."]
      : [];
  return [...pods, ...wait, `Estimate: ${writeInterruption.reason}`];
}

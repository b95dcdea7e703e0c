import { DataDurability, SynchronousMethod } from "../cnpg/cluster";
import type { PostgresInstanceArgs } from "../instance/args";
import { checkChoice, type Report } from "../report";
import { AvailabilityClass } from "./args";
import { classSettings, leastLagCheckSeconds } from "./class";
import {
  type Availability,
  availabilityClass,
  instanceCount,
  resolveAvailability,
  resolveSynchronous,
} from "./resolve";

/** What is impossible or breaks the promise of the class. Nothing is judged by a class or a number that is wrong itself. */
export function checkAvailability(args: PostgresInstanceArgs, report: Report): void {
  checkChoice("availability", args.availability, AvailabilityClass, report);
  const name = availabilityClass(args);
  if (!Object.hasOwn(classSettings, name)) return;
  checkNumbers(args, report);
  if (args.instances !== undefined && !wholeAtLeast(args.instances, 1)) return;
  checkInstances(args, report);
  checkStandbyless(args, report);
  checkSynchronous(args, report);
  checkLease(args, report);
  checkLagLimit(args, report);
  checkCommit(args, report);
}

/** Seconds a check should wait for an answer. Those that wait for one fail on a busy node: docs/decisions/failover-timings.md. */
const leastCheckTimeout = 3;

/** What is allowed and ought to be known. */
export function availabilityWarnings(args: PostgresInstanceArgs): string[] {
  const availability = resolveAvailability(args);
  const { instances, maxEligibleLagBytes, failoverDelay = 0, synchronous, hostSpread } = availability;
  if (instances === 1) return [];
  const warnings: string[] = [];
  const timeout = args.probes?.readiness?.timeoutSeconds ?? availability.check?.checkTimeout;
  if (timeout !== undefined && timeout < leastCheckTimeout) {
    warnings.push(
      `healthMonitor.checkTimeout: where other programs keep the CPUs busy, servers do not answer within ${timeout} s, count as failed all at ` +
        `once, and nobody is left to be promoted. Let it be ${leastCheckTimeout} s or more.`,
    );
  }
  const seconds = eligibleSeconds(args, availability);
  const least = leastLagCheckSeconds + failoverDelay;
  if (maxEligibleLagBytes !== undefined && seconds < least) {
    warnings.push(
      `healthMonitor.maxEligibleLagBytes: standbys without a primary count as failed after ${seconds} s, and then none of them is promoted until ` +
        `somebody forces a failover. Kubernetes takes longer than that to notice a lost node: let checkInterval × failureThreshold be ${least} s or more.`,
    );
  }
  if (maxEligibleLagBytes !== undefined && synchronous?.failoverQuorum === true) {
    warnings.push(
      "healthMonitor.maxEligibleLagBytes: with failoverQuorum a standby that lags counts as away, which can keep a failover from happening although the others have every commit.",
    );
  }
  if (availability.class === AvailabilityClass.ZeroLoss && hostSpread !== "required") {
    warnings.push(
      `scheduling.hostSpread is "${hostSpread}": servers on one host are lost together, and with them commits of class zero-loss.`,
    );
  }
  return warnings;
}

/** Seconds until a standby without a primary counts as failed, where the check looks at the lag. */
function eligibleSeconds({ probes }: PostgresInstanceArgs, { check }: Availability): number {
  const { periodSeconds = check?.checkInterval ?? 10, failureThreshold = check?.failureThreshold ?? 3 } =
    probes?.readiness ?? {};
  return periodSeconds * failureThreshold;
}

function wholeAtLeast(value: number, least: number): boolean {
  return Number.isSafeInteger(value) && value >= least;
}

/** Seconds the operator may take from the end of the delay to its decision. */
const decisionSeconds = 10;

/** Every number by itself. */
function checkNumbers(
  { healthMonitor = {}, maxLagBytes, synchronous = {} }: PostgresInstanceArgs,
  report: Report,
): void {
  const {
    lease = {},
    checkInterval,
    failureThreshold,
    checkTimeout,
    maxEligibleLagBytes,
    failoverDelay,
  } = healthMonitor;
  const numbers: [path: string, value: number | undefined, least: number][] = [
    ["healthMonitor.checkInterval", checkInterval, 1],
    ["healthMonitor.failureThreshold", failureThreshold, 1],
    ["healthMonitor.checkTimeout", checkTimeout, 1],
    ["healthMonitor.maxEligibleLagBytes", maxEligibleLagBytes, 1],
    ["healthMonitor.failoverDelay", failoverDelay, 0],
    ["healthMonitor.switchoverDelay", healthMonitor.switchoverDelay, 1],
    ["healthMonitor.lease.durationSeconds", lease.durationSeconds, 1],
    ["healthMonitor.lease.renewDeadlineSeconds", lease.renewDeadlineSeconds, 1],
    ["healthMonitor.lease.retryPeriodSeconds", lease.retryPeriodSeconds, 1],
    ["maxLagBytes", maxLagBytes, 1],
    ["synchronous.number", synchronous.number, 1],
    ["synchronous.maxStandbyNamesFromCluster", synchronous.maxStandbyNamesFromCluster, 0],
  ];
  for (const [path, value, least] of numbers) {
    if (value !== undefined && !wholeAtLeast(value, least))
      report(path, value, `is not a whole number of at least ${least}.`);
  }
}

function checkInstances(args: PostgresInstanceArgs, report: Report): void {
  const name = availabilityClass(args);
  const instances = instanceCount(args);
  const { leastInstances, mostInstances } = classSettings[name];
  if (instances > mostInstances) {
    report(
      "instances",
      instances,
      `contradicts class ${name}, which has no standby.`,
      `Leave one of them out: with ${instances} instances the class is standard.`,
    );
  }
  if (instances < leastInstances) {
    const standbys = leastInstances - 1;
    report(
      "instances",
      instances,
      `is too few for class ${name}, which needs ${standbys === 1 ? "a standby" : `${standbys} standbys, so that one of them can be away`}.`,
      `Write ${leastInstances} or more, or leave instances out.`,
    );
  }
}

/** What has a meaning only with a standby. */
function checkStandbyless(args: PostgresInstanceArgs, report: Report): void {
  if (instanceCount(args) > 1) return;
  const { synchronous, maxLagBytes, healthMonitor = {}, follow } = args;
  const needing: [path: string, value: unknown][] = [
    ["synchronous", synchronous],
    // What follows another instance can be behind that.
    ["maxLagBytes", follow === undefined ? maxLagBytes : undefined],
    ["healthMonitor.maxEligibleLagBytes", healthMonitor.maxEligibleLagBytes],
    ["healthMonitor.failoverDelay", healthMonitor.failoverDelay],
    ["healthMonitor.switchoverDelay", healthMonitor.switchoverDelay],
    ["healthMonitor.lease", healthMonitor.lease],
  ];
  for (const [path, value] of needing) {
    if (value !== undefined)
      report(path, value, "needs a standby, and one instance has none.", "Set instances to 2 or more.");
  }
}

/** Characters of a name that CloudNativePG writes between quotation marks into `synchronous_standby_names`. */
const standbyName = /^[A-Za-z0-9_.-]{1,63}$/;

function checkSynchronous(args: PostgresInstanceArgs, report: Report): void {
  checkChoice("synchronous.method", args.synchronous?.method, SynchronousMethod, report);
  checkChoice("synchronous.dataDurability", args.synchronous?.dataDurability, DataDurability, report);
  checkLegacy(args, report);
  const standbys = instanceCount(args) - 1;
  const synchronous = resolveSynchronous(args);
  // Without the standbys that a class needs, their number is what is wrong.
  if (synchronous === undefined || standbys === 0 || args.synchronous === undefined) return;
  const { number, dataDurability, failoverQuorum, maxStandbyNamesFromCluster } = synchronous;
  const { standbyNamesPre = [], standbyNamesPost = [] } = synchronous;
  const elsewhere = [...standbyNamesPre, ...standbyNamesPost];
  checkStandbyNames(args, report);
  const named = Math.min(maxStandbyNamesFromCluster ?? standbys, standbys) + elsewhere.length;
  const required = dataDurability !== DataDurability.preferred;
  if (number > named) {
    report(
      "synchronous.number",
      number,
      `is more than the ${named} standbys there are to confirm: no commit would ever end.`,
      named === 0 ? "Raise maxStandbyNamesFromCluster." : `Write at most ${named}, or raise instances.`,
    );
  } else if (required && number >= standbys + elsewhere.length) {
    report(
      "synchronous.number",
      number,
      `is not below the number of standbys, ${standbys + elsewhere.length}: while any of them restarts, as in every update, no commit ends.`,
      'Raise instances, lower the number, or set dataDurability: "preferred".',
    );
  }
  if (!required && elsewhere.length > 0) {
    report(
      "synchronous.dataDurability",
      dataDurability,
      "cannot be used with standbyNamesPre and standbyNamesPost: CloudNativePG does not know whether they are ready.",
      'Leave the names out, or write "required".',
    );
  }
  if (failoverQuorum === true) checkQuorum(number, elsewhere.length, standbys, report);
  if (availabilityClass(args) === AvailabilityClass.ZeroLoss) checkZeroLoss(args, report);
}

function checkStandbyNames({ synchronous = {} }: PostgresInstanceArgs, report: Report): void {
  const known = new Set<string>();
  for (const list of ["standbyNamesPre", "standbyNamesPost"] as const) {
    for (const [i, name] of (synchronous[list] ?? []).entries()) {
      const path = `synchronous.${list}[${i}]`;
      if (!standbyName.test(name)) {
        report(
          path,
          name,
          "is not a name of a standby.",
          "Use 1 to 63 letters, digits, underscores, dots and hyphens, as in its application_name.",
        );
      }
      if (known.has(name)) report(path, name, "is named twice.", "Name each standby once.");
      known.add(name);
    }
  }
}

function checkQuorum(number: number, elsewhere: number, standbys: number, report: Report): void {
  if (standbys < 2) {
    report(
      "synchronous.failoverQuorum",
      true,
      "needs three instances: with two, every commit needs the only standby, and none ends while it restarts.",
      "Set instances to 3 or more, or leave failoverQuorum out.",
    );
  }
  if (number <= elsewhere) {
    report(
      "synchronous.failoverQuorum",
      true,
      `needs a number above the ${elsewhere} standbys elsewhere: they alone could confirm a commit, and none of them can be promoted.`,
      `Write at least ${elsewhere + 1} as number.`,
    );
  }
}

/** Arguments may raise what the class does, not take its promise back. */
function checkZeroLoss({ synchronous = {} }: PostgresInstanceArgs, report: Report): void {
  const remedy = "Leave it out, or choose class high.";
  if (synchronous.dataDurability === DataDurability.preferred) {
    report(
      "synchronous.dataDurability",
      synchronous.dataDurability,
      "contradicts class zero-loss: commits that no standby has could be lost.",
      remedy,
    );
  }
  if (synchronous.failoverQuorum === false) {
    report(
      "synchronous.failoverQuorum",
      false,
      "contradicts class zero-loss: a standby that lacks confirmed commits could be promoted.",
      remedy,
    );
  }
}

/** CloudNativePG refuses its former fields beside the new one. */
function checkLegacy(args: PostgresInstanceArgs, report: Report): void {
  const raw = args.overrides?.cluster?.spec as Record<string, unknown> | undefined;
  if (resolveSynchronous(args) === undefined) return;
  for (const field of ["minSyncReplicas", "maxSyncReplicas"]) {
    const value = raw?.[field];
    if (typeof value === "number" && value > 0) {
      report(
        `overrides.cluster.spec.${field}`,
        value,
        "cannot be used beside synchronous.",
        "Leave it out: synchronous.number says how many standbys confirm.",
      );
    }
  }
}

/** What CloudNativePG's admission and the library it uses demand. */
function checkLease(args: PostgresInstanceArgs, report: Report): void {
  if (args.healthMonitor?.lease === undefined || instanceCount(args) === 1) return;
  const usual = { durationSeconds: 15, renewDeadlineSeconds: 10, retryPeriodSeconds: 2 };
  const lease = { ...usual, ...resolveAvailability(args).lease };
  const { durationSeconds, renewDeadlineSeconds, retryPeriodSeconds } = lease;
  if (durationSeconds <= renewDeadlineSeconds) {
    report(
      "healthMonitor.lease.durationSeconds",
      durationSeconds,
      `is not above renewDeadlineSeconds, ${renewDeadlineSeconds}: the primary would look who holds the Lease only after it has run out.`,
      `Write at least ${renewDeadlineSeconds + 1}.`,
    );
  }
  if (5 * renewDeadlineSeconds <= 6 * retryPeriodSeconds) {
    report(
      "healthMonitor.lease.renewDeadlineSeconds",
      renewDeadlineSeconds,
      `is not above 1.2 times retryPeriodSeconds, ${retryPeriodSeconds}: there would be no second attempt.`,
      `Write at least ${Math.floor(1.2 * retryPeriodSeconds) + 1}.`,
    );
  }
}

function checkLagLimit(args: PostgresInstanceArgs, report: Report): void {
  const limit = args.healthMonitor?.maxEligibleLagBytes;
  const type = args.probes?.readiness?.type;
  if (limit !== undefined && type !== undefined && type !== "streaming") {
    report(
      "probes.readiness.type",
      type,
      "does not look at the lag, so healthMonitor.maxEligibleLagBytes would have no effect.",
      "Leave it out.",
    );
  }
  const availability = resolveAvailability(args);
  const { failoverDelay = 0, instances } = availability;
  const streaming = type === "streaming" || (type === undefined && limit !== undefined);
  const seconds = eligibleSeconds(args, availability);
  if (!streaming || failoverDelay === 0 || instances === 1 || failoverDelay + decisionSeconds < seconds)
    return;
  report(
    "healthMonitor.failoverDelay",
    failoverDelay,
    `outlasts the standbys: without a primary they count as failed after ${seconds} s, and then none of them is promoted.`,
    `Write less than ${Math.max(0, seconds - decisionSeconds)}, or raise checkInterval or failureThreshold.`,
  );
}

/** With these a commit is acknowledged before a standby has it on disk. */
function checkCommit(args: PostgresInstanceArgs, report: Report): void {
  if (availabilityClass(args) !== AvailabilityClass.ZeroLoss) return;
  const maps = { parameters: args.parameters, "profile.parameters": args.profile?.parameters };
  for (const [path, map] of Object.entries(maps)) {
    for (const [name, value] of Object.entries(map ?? {})) {
      if (name.toLowerCase() !== "synchronous_commit" || typeof value !== "string") continue;
      if (["on", "remote_apply", "true", "yes", "1"].includes(value.toLowerCase())) continue;
      report(
        `${path}.${name}`,
        value,
        "contradicts class zero-loss: commits are acknowledged before a standby has them on disk.",
        "Leave it out, or set it for the sessions that may lose something: SET synchronous_commit.",
      );
    }
  }
}

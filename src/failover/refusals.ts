import { annotations } from "../cnpg/metadata";
import { ClusterPhase } from "../cnpg/phases";
import { nearest } from "../nearest";
import { FailoverMode, type FailoverOptions } from "./request";
import type { FailoverSurvey } from "./survey";

/** Phases of a Cluster in which a standby can become primary by request. */
const calmPhases: readonly string[] = [
  ClusterPhase.healthy,
  ClusterPhase.waitingForUser,
  // A standby is missing or being made; the others are looked at one by one.
  ClusterPhase.waitingForInstances,
  ClusterPhase.creatingReplica,
  // Both stay after the primary has changed for as long as a server is fenced or missing.
  ClusterPhase.switchover,
  ClusterPhase.failover,
];

/** Phases in which even a failed primary must be left alone. */
const lockedPhases: readonly string[] = [
  ClusterPhase.majorUpgrade,
  ClusterPhase.firstPrimary,
  ClusterPhase.promotingReplicaCluster,
  ClusterPhase.definitionInvalid,
];

/** Seconds after which a change of the primary that does not come to its end may be forced. */
export const stuckSeconds = 60;

/** Why an instance cannot fail over now, whichever standby is wanted; each with its remedy. */
export function instanceRefusals(survey: FailoverSurvey, options: FailoverOptions): string[] {
  const refusals = [
    ...situationRefusals(survey),
    ...changeRefusals(survey, options),
    ...targetRefusals(survey, options),
  ];
  return refusals.length > 0 ? refusals : primaryRefusals(survey, options);
}

/** What is the matter with the instance as a whole. */
function situationRefusals(survey: FailoverSurvey): string[] {
  const { namespace, instance, fenced, currentPrimary, otherGenerations } = survey;
  const name = `${namespace}/${instance}`;
  if (survey.leaving) return [`${name} is being deleted.`];
  if (survey.hibernated) {
    return [`${name} is hibernated: none of its servers runs. Wake it with hibernated: false.`];
  }
  if (survey.follows) {
    return [`${name} follows a server of another Cluster: who leads it is decided there. Promote it first.`];
  }
  if (survey.instances < 2) {
    return [`${name} has one server, so that none could take over. Set instances to 2 or more.`];
  }
  if (currentPrimary === undefined) return [`${name} has no primary yet (${phaseText(survey)}).`];
  const lift = `Lift the fence first (annotation ${annotations.fencedInstances} of Cluster ${survey.cluster}).`;
  if (fenced.includes("*")) return [`${name} is fenced: all its servers are stopped. ${lift}`];
  if (fenced.includes(currentPrimary)) return [`The primary ${currentPrimary} is fenced. ${lift}`];
  if (otherGenerations.length > 0) {
    return [
      `${name} changes its generation: ${otherGenerations.join(", ")} runs beside ${survey.cluster}. Try again when that update is done.`,
    ];
  }
  return [];
}

/** What is going on already. */
function changeRefusals(survey: FailoverSurvey, { mode }: FailoverOptions): string[] {
  const { namespace, instance, running, currentPrimary, targetPrimary, phase = "" } = survey;
  const name = `${namespace}/${instance}`;
  if (running !== undefined) {
    return [
      `${name} fails over already: ${running.id} from ${running.oldPrimaryId}, begun ${running.startedAt}, state ${running.state}. Wait for its end.`,
    ];
  }
  const forced = mode === FailoverMode.Forced;
  if (currentPrimary !== targetPrimary && !(forced && isStuck(survey))) {
    return [
      `The primary of ${name} changes from ${currentPrimary} to ${targetPrimary} already. Wait for it; after ${stuckSeconds} s mode forced puts an end to it.`,
    ];
  }
  const allowed = forced ? !lockedPhases.includes(phase) : calmPhases.includes(phase);
  return allowed
    ? []
    : [`${name} is in no state for it (${phaseText(survey)}). Try again when that is over.`];
}

/** Whether a change of the primary has been asked for so long ago that it does not come to its end by itself. */
export function isStuck({ currentPrimary, targetPrimary, targetSince, asOf }: FailoverSurvey): boolean {
  if (currentPrimary === targetPrimary) return false;
  const since = Date.parse(targetSince ?? "");
  return Number.isNaN(since) || Date.parse(asOf) - since >= stuckSeconds * 1000;
}

function targetRefusals(survey: FailoverSurvey, { targetReplicaId: target }: FailoverOptions): string[] {
  if (target === undefined) return [];
  if (target === survey.currentPrimary) return [`${target} is the primary already.`];
  const names = survey.servers.map(({ name }) => name).filter(name => name !== survey.currentPrimary);
  if (names.includes(target)) return [];
  const near = nearest(target, names);
  const there = names.length === 0 ? "It has none now." : `It has ${names.join(", ")}.`;
  return [
    `${survey.namespace}/${survey.instance} has no standby "${target}". ${near === undefined ? there : `Did you mean "${near}"?`}`,
  ];
}

/** A switchover is done by the primary itself. */
function primaryRefusals(survey: FailoverSurvey, { mode }: FailoverOptions): string[] {
  if (mode === FailoverMode.Forced) return [];
  const remedy = "Nothing can be handed over; mode forced takes over without it.";
  const primary = survey.servers.find(({ name }) => name === survey.currentPrimary);
  if (primary === undefined) return [`The primary ${survey.currentPrimary} has no pod. ${remedy}`];
  const { name, answer, unanswered, leaving, ready } = primary;
  if (leaving) return [`The pod of the primary ${name} is being deleted. ${remedy}`];
  if (answer === undefined)
    return [`The primary ${name} does not answer: ${unanswered ?? "nobody asked it"}. ${remedy}`];
  if (answer.inRecovery) return [`${name} is called the primary, but its server is a standby. ${remedy}`];
  return ready ? [] : [`The pod of the primary ${name} is not ready. ${remedy}`];
}

function phaseText({ phase, phaseReason }: FailoverSurvey): string {
  return `phase "${phase ?? "unknown"}"${phaseReason ? `: ${phaseReason}` : ""}`;
}

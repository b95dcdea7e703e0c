import { lagOf, receivedPosition } from "./candidates";
import { ClusterPhase } from "../cnpg/phases";
import type { DecidedOptions } from "./options";
import { isStuck } from "./refusals";
import { FailoverMode, OldPrimaryAction } from "./request";
import type { FailoverSurvey } from "./survey";

/** What somebody should know before a failover that can be done. */
export function failoverWarnings(survey: FailoverSurvey, options: DecidedOptions, to: string): string[] {
  const interrupted = survey.interrupted.map(
    ({ id, startedAt, state }) =>
      `${id}, begun ${startedAt}, was ended from outside in state ${state}: its record is closed.`,
  );
  return [
    ...interrupted,
    ...(options.mode === FailoverMode.Forced ? forcedWarnings(survey, options, to) : plannedWarnings(survey)),
    ...standbyWarnings(survey, options, to),
  ];
}

function plannedWarnings(survey: FailoverSurvey): string[] {
  const { archiving, phase, currentPrimary } = survey;
  return [
    ...(archiving === false
      ? [`Archiving fails, and ${currentPrimary} tries to archive the rest of its WAL before it stops.`]
      : []),
    ...(phase === ClusterPhase.waitingForUser
      ? [`CloudNativePG waits for a person to update the primary, and updates ${currentPrimary} afterwards.`]
      : []),
  ];
}

function forcedWarnings(survey: FailoverSurvey, { oldPrimaryAction }: DecidedOptions, to: string): string[] {
  const primary = survey.servers.find(({ name }) => name === survey.currentPrimary);
  const answers = primary?.answer?.inRecovery === false;
  const chosen = survey.servers.find(({ name }) => name === to);
  const furthest = survey.servers.filter(
    server =>
      server.answer?.inRecovery === true &&
      chosen !== undefined &&
      (lagOf(chosen, receivedPosition(server)) ?? 0) > 0,
  );
  return [
    ...(answers ? [`${survey.currentPrimary} answers: mode planned would lose nothing.`] : []),
    ...(isStuck(survey)
      ? [
          `A change of the primary to ${survey.targetPrimary} was asked for at ${survey.targetSince} and has not come to its end.`,
        ]
      : []),
    ...furthest.map(
      ({ name, answer }) =>
        `${name} has more (${answer?.lsn}) than ${to}: what ${to} lacks is lost, and ${name} may have to be cloned anew.`,
    ),
    ...(oldPrimaryAction === OldPrimaryAction.Terminate
      ? [`What ${to} did not receive is deleted with the volumes of ${survey.currentPrimary}.`]
      : []),
  ];
}

function standbyWarnings(
  { servers, currentPrimary, synchronous }: FailoverSurvey,
  { oldPrimaryAction }: DecidedOptions,
  to: string,
): string[] {
  if (oldPrimaryAction === OldPrimaryAction.ConvertToReplica) return [];
  const left = servers.filter(
    ({ name, answer }) => name !== currentPrimary && name !== to && answer?.inRecovery === true,
  ).length;
  const until =
    oldPrimaryAction === OldPrimaryAction.StopAndRetain
      ? "until the fence is lifted"
      : "until the new standby is cloned";
  if (synchronous?.required === true && left < synchronous.number) {
    return [
      `Replication is synchronous with ${synchronous.number} required, and ${left === 1 ? "1 standby is" : `${left} standbys are`} left: every write waits ${until}.`,
    ];
  }
  return left === 0 ? [`No standby is left ${until}: nothing can take over from ${to} meanwhile.`] : [];
}

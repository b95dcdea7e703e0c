import type { Manifest } from "../cnpg/object";
import type { FailoverDecision } from "../failover/decision";
import {
  primaryServes,
  type QuorumFacts,
  type Standstill,
  StandstillKind,
  standstillOf,
} from "../failover/observation";
import { EventType } from "./event";
import { kinds } from "./kubernetes";
import { tellAgainAfter } from "./watch-event";
import { decide, type Look, placeOf, tell, type WatchedCluster } from "./watch-look";

/** Reasons of the Events that tell of a standstill. */
const standstillEvents: Record<StandstillKind, string> = {
  [StandstillKind.NoEligibleStandby]: "NoEligibleStandby",
  [StandstillKind.NoQuorum]: "NoFailoverQuorum",
  [StandstillKind.Maintenance]: "FailoverSuspended",
  [StandstillKind.CoolDown]: "FailoverSuspended",
  [StandstillKind.Delayed]: "FailoverDelayed",
  [StandstillKind.Fenced]: "FailoverSuspended",
  [StandstillKind.DiskFull]: "FailoverUseless",
  [StandstillKind.Stalled]: "FailoverStalled",
  [StandstillKind.Undecided]: "FailoverUndecided",
};

/** Tells and records why a failed primary is not replaced, and when that is over. */
export async function observeStandstill(look: Look): Promise<void> {
  const { view, known, now } = look;
  if (primaryServes(view)) {
    known.failedAt = undefined;
    await endStandstill(look);
    return;
  }
  known.failedAt ??= Math.min(now.getTime(), Date.parse(view.failingSince ?? "") || Infinity);
  const seconds = (now.getTime() - known.failedAt) / 1000;
  const found = standstillOf(view, seconds, await quorumOf(look));
  if (found === undefined) return;
  await tellStandstill(look, found);
}

async function tellStandstill(look: Look, { kind, primary, reason, remedy }: Standstill): Promise<void> {
  const { known, view, now } = look;
  const { told } = known;
  const isSame = told?.kind === kind && told.primary === primary;
  if (isSame && now.getTime() - told.toldAt < tellAgainAfter) return;
  if (told !== undefined && !isSame) await decide(look, { ...decisionOf(told), until: now.toISOString() });
  const at = isSame ? told.at : new Date(known.failedAt ?? now).toISOString();
  const decision: FailoverDecision = { at, cluster: view.cluster, primary, kind, reason };
  await decide(look, decision);
  await tell(
    look,
    EventType.Warning,
    standstillEvents[kind],
    `${primary} does not serve since ${at}, and is not replaced: ${reason} ${remedy}`,
  );
  known.told = { ...decision, toldAt: now.getTime() };
}

async function endStandstill(look: Look): Promise<void> {
  const { known, now, view } = look;
  if (known.told === undefined) return;
  await decide(look, { ...decisionOf(known.told), until: now.toISOString() });
  const seconds = Math.round((now.getTime() - Date.parse(known.told.at)) / 1000);
  const how = view.primary === known.told.primary ? "serves again" : `was replaced by ${view.primary}`;
  await tell(
    look,
    EventType.Normal,
    "PrimaryRecovered",
    `${known.told.primary} ${how}, after about ${seconds} s.`,
  );
  known.told = undefined;
}

function decisionOf({ toldAt: _, ...decision }: NonNullable<WatchedCluster["told"]>): FailoverDecision {
  return decision;
}

async function quorumOf({ view, cluster, context }: Look): Promise<QuorumFacts | undefined> {
  if (!view.needsQuorum) return undefined;
  const { namespace, name } = placeOf(cluster);
  const found = await context.api.get<Manifest & { status?: QuorumFacts }>(
    kinds.failoverQuorum,
    namespace,
    name,
  );
  return found?.status ?? {};
}

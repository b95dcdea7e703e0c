import { type Divergence, readDivergence } from "../failover/divergence";
import { FailoverMode } from "../failover/request";
import { FailoverOrigin, type FailoverStatus } from "../failover/status";
import { EventType } from "./event";
import { postgresContainer } from "./execute";
import { failoverHistory, recordFailover } from "./failover-history";
import { present } from "../present";
import { type Look, placeOf, tell } from "./watch-look";

/** Milliseconds after a failover in which the former primary may still tell what it lost. */
const lossPatience = 30 * 60_000;

/** Whether it may still turn out what an automatic failover lost. */
export function isUnsettled(
  { origin, mode, dataLossBytes, completedAt }: FailoverStatus,
  now: Date,
): boolean {
  return (
    origin === FailoverOrigin.Automatic &&
    mode === FailoverMode.Forced &&
    dataLossBytes === undefined &&
    completedAt !== undefined &&
    now.getTime() - Date.parse(completedAt) < lossPatience
  );
}

/** The former primary tells what it had written in vain when it joins the new one. */
export async function settleLosses(look: Look): Promise<void> {
  const { known, cluster, context, now } = look;
  for (const status of [...known.unsettled]) {
    const isLate = !isUnsettled(status, now);
    const found = isLate ? undefined : await divergenceOf(look, status);
    if (found === undefined && !isLate) continue;
    known.unsettled = known.unsettled.filter(other => other !== status);
    if (found === undefined) continue;
    const { bytes: dataLossBytes, at: promotionLsn } = found;
    const isStillPrimary = look.view.primary === status.newPrimaryId;
    const timeline = (isStillPrimary ? look.view.timeline : undefined) ?? status.timeline;
    await recordFailover(context.api, context.clock, {
      ...status,
      dataLossBytes,
      promotionLsn,
      ...present({ timeline }),
    });
    known.history = await failoverHistory(context.api, placeOf(cluster).namespace, placeOf(cluster).instance);
    const message =
      dataLossBytes === 0
        ? `Nothing was lost when CloudNativePG failed over to ${status.newPrimaryId}.`
        : `${dataLossBytes} bytes of WAL of ${status.oldPrimaryId} beyond ${promotionLsn} never reached ${status.newPrimaryId}, and are lost.`;
    await tell(look, dataLossBytes === 0 ? EventType.Normal : EventType.Warning, "FailoverLoss", message);
  }
}

async function divergenceOf(
  { cluster, context }: Look,
  status: FailoverStatus,
): Promise<Divergence | undefined> {
  const { namespace } = placeOf(cluster);
  return lossIn(
    await context.api.log(namespace, status.oldPrimaryId, { container: postgresContainer, lastLines: 2000 }),
    status,
  );
}

/** Only when it is of this failover: the log may still be that of an older one. */
function lossIn(log: string, { completedAt }: FailoverStatus): Divergence | undefined {
  const recent = log.split("\n").filter(line => (timeOf(line) ?? 0) >= Date.parse(completedAt ?? ""));
  return readDivergence(recent.join("\n"));
}

function timeOf(line: string): number | undefined {
  try {
    return Date.parse((JSON.parse(line) as { ts?: string }).ts ?? "");
  } catch {
    return undefined;
  }
}

import type { AvailabilityFigures } from "../availability/promise";
import { DataDurability } from "../cnpg/cluster";
import { Spread } from "../instance/args";
import type { ResolvedInstance } from "../instance/resolve";
import type { SheetZoneLoss } from "./sheet";

/** Zones of a region of Azure that has any. */
export const assumedZones = 3;

/** What becomes of an instance when the zone of its primary is lost, with as many servers as can be in it. */
export function sheetZoneLoss(
  { instances, availability }: ResolvedInstance,
  { nodeLossSeconds }: AvailabilityFigures,
  zones: number,
  archives: boolean,
): SheetZoneLoss {
  const { zoneSpread, synchronous } = availability;
  const serversLost = zoneSpread === Spread.None ? instances : Math.ceil(instances / zones);
  const left = instances - serversLost;
  const loss = { zones, serversLost, assured: zoneSpread !== Spread.Preferred };
  if (left === 0) return { ...loss, survives: false, text: downText(instances, zones, archives) };
  const { number = 0, dataDurability, failoverQuorum } = synchronous ?? {};
  const lost = `At most ${serversLost} of ${instances} servers go with it${caveat(zoneSpread)}`;
  // The rule of CloudNativePG: the standbys that are ready and those that confirm must be more than all standbys together.
  if (failoverQuorum === true && left + number <= instances - 1) {
    const text = `${lost}; with the primary among them no standby surely has every commit: writes pause until the zone is back, or until somebody forces a failover.`;
    return { ...loss, survives: false, text };
  }
  if (dataDurability === DataDurability.required && left - 1 < number) {
    const text = `${lost}; a standby is promoted, and its commits wait until ${number} of its standbys can confirm them: until the zone is back.`;
    return { ...loss, survives: false, text };
  }
  const text = `${lost}; with the primary among them a standby is promoted and writes go on.`;
  return { ...loss, survives: true, ...after(nodeLossSeconds), text };
}

function after(seconds: number | undefined): Pick<SheetZoneLoss, "writesAfterSeconds"> {
  return seconds === undefined ? {} : { writesAfterSeconds: seconds };
}

function caveat(spread: Spread): string {
  return spread === Spread.Preferred
    ? ", where the scheduler could spread them (scheduling.zoneSpread: required makes sure)"
    : "";
}

function downText(instances: number, zones: number, archives: boolean): string {
  const who = instances === 1 ? "The server is lost" : "All servers can be in one zone";
  const why = zones === 1 ? ", because there is one zone" : "";
  const otherwise = archives
    ? "or until the archive is restored, if the store outlives the zone"
    : "and nothing is archived that could be restored";
  return `${who}${why}: writes pause until the zone is back, or its volumes where they are in several zones, ${otherwise}.`;
}

import { nearest } from "../nearest";
import type { Report } from "../report";

/** What a region offers that decides what can be built there. */
export interface Region {
  /** Whether it has three availability zones. */
  zones: boolean;
  /** Whether it has a partner region, to which geo-redundant storage copies. */
  paired: boolean;
}

/** Source of both: "List of Azure regions" and "Azure region pairs and nonpaired regions", Microsoft Learn, 2025. */
const zonal =
  "australiaeast brazilsouth canadacentral centralindia centralus chinanorth3 eastasia eastus eastus2 francecentral germanywestcentral japaneast japanwest koreacentral northeurope norwayeast southafricanorth southcentralus southeastasia swedencentral switzerlandnorth uaenorth uksouth usgovvirginia westeurope westus2 westus3";
const zonalUnpaired =
  "austriaeast belgiumcentral chilecentral indonesiacentral israelcentral italynorth malaysiawest mexicocentral newzealandnorth polandcentral qatarcentral spaincentral";
const withoutZones =
  "australiacentral australiacentral2 australiasoutheast brazilsoutheast canadaeast chinaeast chinaeast2 chinaeast3 chinanorth chinanorth2 francesouth germanynorth jioindiacentral jioindiawest koreasouth northcentralus norwaywest southafricawest southindia swedensouth switzerlandwest uaecentral ukwest usdodcentral usdodeast usgovarizona usgovtexas westcentralus westindia westus";

export const regions: Readonly<Record<string, Region>> = Object.fromEntries([
  ...zonal.split(" ").map(name => [name, { zones: true, paired: true }]),
  ...zonalUnpaired.split(" ").map(name => [name, { zones: true, paired: false }]),
  ...withoutZones.split(" ").map(name => [name, { zones: false, paired: true }]),
]) as Record<string, Region>;

/** What is known of a region; one that is not known is taken for a new one, which all have zones and no partner. */
export function regionOf(name: string): Region {
  return Object.hasOwn(regions, name) ? (regions[name] as Region) : { zones: true, paired: false };
}

/** Reports a region that does not exist, unless the user says that it is newer than this package. */
export function checkRegion(
  argument: string,
  value: unknown,
  newRegion: boolean | undefined,
  report: Report,
): void {
  if (typeof value !== "string" || Object.hasOwn(regions, value)) return;
  const plain = value.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
  const near = Object.hasOwn(regions, plain) ? plain : nearest(plain, Object.keys(regions));
  const written = plain === value;
  if (written && newRegion === true) return;
  report(
    argument,
    value,
    "is not an Azure region by its short name.",
    [
      near === undefined ? 'Write for example "westeurope".' : `Nearest is "${near}".`,
      ...(written ? ["If it is newer than this package, say newRegion: true."] : []),
    ].join(" "),
  );
}

/** Zones a resource is spread over: those that are asked for, else all that the region has. */
export function zonesOf(region: string, asked: readonly string[] | undefined): string[] {
  return asked === undefined ? (regionOf(region).zones ? ["1", "2", "3"] : []) : [...asked];
}

/** Reports zones that the region does not have. */
export function checkZones(region: unknown, zones: readonly string[] | undefined, report: Report): void {
  if (zones === undefined) return;
  const strange = zones.find(zone => !["1", "2", "3"].includes(zone));
  if (strange !== undefined)
    report("zones", strange, "is not a zone.", 'Zones of a region are "1", "2" and "3".');
  if (new Set(zones).size < zones.length)
    report("zones", zones, "names a zone twice.", "Name each zone once.");
  if (typeof region === "string" && zones.length > 0 && !regionOf(region).zones)
    report(
      "zones",
      zones,
      `are asked for in ${region}, which has none.`,
      "Leave zones out, or choose a region with zones, for example westeurope.",
    );
}

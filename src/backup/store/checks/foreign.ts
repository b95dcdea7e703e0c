import { nearest } from "../../../nearest";
import type { Report } from "../../../report";
import type { BackupStoreArgs } from "../args";
import { filesRefusal } from "../destination";
import { providers } from "./provider";

/** How people ask for a file share. */
const shares = ["file", "nfs", "smb", "local", "path", "volume", "hostPath"];

const known = [
  ...["name", "namespace", ...providers, "endpointCA", "compression", "parallelism", "immediateCheckpoint"],
  ...["tags", "recoveryWindowDays", "sidecar", "keepData", "adopt", "labels", "annotations", "overrides"],
];

/** What is no argument, also of callers without types. Says whether a file share was asked for. */
export function checkForeign(args: BackupStoreArgs, report: Report): boolean {
  const given = Object.entries(args as Record<string, unknown>).filter(([, value]) => value !== undefined);
  let foreign = false;
  for (const [name, value] of given) {
    if (known.includes(name)) continue;
    foreign = foreign || name === "barmanObjectStore" || shares.includes(name);
    if (name === "barmanObjectStore")
      report(
        name,
        undefined,
        "is CloudNativePG's own way of archiving, which it is giving up.",
        inTreeRemedy,
      );
    else if (shares.includes(name)) report(name, value, ...filesRefusal);
    else
      report(
        name,
        undefined,
        "is no argument of a BackupStore.",
        `${didYouMean(name)}These are: ${known.join(", ")}.`,
      );
  }
  return foreign;
}

const inTreeRemedy =
  "Give the same place as `azure`, `s3` or `google`: the Barman Cloud plugin reads an archive that was written that way.";

function didYouMean(name: string): string {
  const meant = nearest(name, known);
  return meant === undefined ? "" : `Did you mean ${meant}? `;
}

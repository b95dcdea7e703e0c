import type { Report } from "../../report";
import type { VolumeSnapshotArgs } from "../volume-snapshot-args";

/** Reports what is wrong with how snapshots are made; `walVolume` says whether WAL has a volume of its own. */
export function volumeSnapshotProblems(
  path: string,
  snapshots: VolumeSnapshotArgs | undefined,
  walVolume: boolean,
  report: Report,
): void {
  if (snapshots === undefined) return;
  for (const key of ["class", "walClass"] as const) {
    const value = snapshots[key];
    if (value === undefined || isObjectName(value)) continue;
    report(
      `${path}.${key}`,
      value,
      "is not the name of a VolumeSnapshotClass.",
      'Use one that "kubectl get volumesnapshotclass" lists, or leave it out for the default.',
    );
  }
  if (snapshots.walClass !== undefined && !walVolume) {
    report(
      `${path}.walClass`,
      snapshots.walClass,
      "has no volume to make snapshots of: WAL is on the data volume.",
      "Remove it, or set walStorage.",
    );
  }
}

/** A DNS subdomain, as the API server has it. */
function isObjectName(name: string): boolean {
  return name.length <= 253 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(name);
}

import { availabilityFigures } from "../availability/promise";
import type { PostgresInstanceArgs } from "../instance/args";
import type { ResolvedInstance } from "../instance/resolve";
import type { SheetArgs } from "./args";
import { sheetBackups } from "./backup-growth";
import { sheetConnections } from "./connections";
import { sheetCost } from "./cost";
import { sheetResources } from "./pods";
import { sheetRecovery } from "./recovery";
import type { ServiceSheet } from "./sheet";
import type { SheetStore } from "./store";
import { sheetVolumes, volumeBytes } from "./volumes";
import { workloadAssumptions, workloadOf } from "./workload";
import { assumedZones, sheetZoneLoss } from "./zone-loss";

/** What a sheet is reckoned from. */
export interface SheetOf {
  instance: ResolvedInstance;
  args: Pick<PostgresInstanceArgs, "sheet" | "overrides" | "follow">;
  /** Where the instance archives; absent: nowhere. */
  store?: SheetStore;
}

/**
 * The service sheet of an instance: what it takes, costs and promises. Pure: the same arguments give the same sheet, and nothing is looked up.
 */
export function serviceSheet({ instance, args, store }: SheetOf): ServiceSheet {
  const { sheet = {} } = args;
  const workload = workloadOf(instance, sheet);
  const availability = availabilityFigures(instance.availability);
  const resources = sheetResources(instance, store);
  const volumes = sheetVolumes(instance);
  const backups = store && sheetBackups(store.recoveryWindowDays, workload);
  const zones = sheet.zones ?? assumedZones;
  return {
    instance: instance.name,
    namespace: instance.namespace,
    major: instance.active.major,
    servers: instance.instances,
    availability,
    resources,
    volumes,
    volumeBytes: volumeBytes(volumes),
    ...(backups === undefined ? {} : { backups }),
    cost: sheetCost({ resources, volumes, backups }, sheet.prices),
    recovery: sheetRecovery(instance, backups, workload),
    connections: sheetConnections(instance),
    zoneLoss: sheetZoneLoss(instance, availability, zones, store !== undefined),
    assumptions: assumptions(sheet, store),
    notCounted: notCounted(args),
  };
}

function assumptions(sheet: SheetArgs, store: SheetStore | undefined): string[] {
  return [
    ...(store === undefined ? [] : workloadAssumptions(sheet)),
    ...(sheet.zones === undefined ? [`The nodes are spread over ${assumedZones} zones (zones).`] : []),
  ];
}

function notCounted({ overrides, follow }: SheetOf["args"]): string[] {
  return [
    "Operator, Barman Cloud plugin, Kubernetes itself, and what is left unused on the nodes.",
    "Traffic, load balancers, operations that a store or a disk bills one by one.",
    "Logical dumps and their volumes, volume snapshots, and the server that a restore drill runs for a while.",
    "Replicas: each has a sheet of its own.",
    ...(overrides === undefined ? [] : ["What overrides change."]),
    ...(follow === undefined ? [] : ["The instance that is followed: it has a sheet of its own."]),
  ];
}

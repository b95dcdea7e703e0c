import { durationText } from "../duration";
import { amountText } from "../parameters/amount";
import type { ServiceSheet, SheetAmounts, SheetBackups, SheetCost, SheetPods } from "./sheet";

/** One column of a table; figures stand on the right. */
export interface SheetColumn {
  title: string;
  right?: boolean;
}

/** One part of a sheet, for people: a table, sentences, or both. */
export interface SheetSection {
  title: string;
  columns?: SheetColumn[];
  rows?: string[][];
  /** What belongs together as name and value. */
  facts?: [name: string, value: string][];
  notes?: string[];
}

/** The sheet in the order in which people ask. */
export function sheetSections(sheet: ServiceSheet): SheetSection[] {
  return [
    resourceSection(sheet),
    volumeSection(sheet),
    backupSection(sheet.backups),
    costSection(sheet.cost),
    recoverySection(sheet),
    connectionSection(sheet),
    { title: `Loss of one of ${counted(sheet.zoneLoss.zones, "zone")}`, notes: zoneNotes(sheet) },
    ...(sheet.assumptions.length === 0 ? [] : [{ title: "Assumed", notes: sheet.assumptions }]),
    { title: "Not counted", notes: sheet.notCounted },
  ];
}

/** The instance in one line. */
export function sheetTitle({ namespace, instance, major, servers, availability }: ServiceSheet): string {
  return `${namespace}/${instance}: PostgreSQL ${major}, ${counted(servers, "server")}, class ${availability.class}`;
}

function resourceSection({ resources }: ServiceSheet): SheetSection {
  const { items, requests, limits } = resources;
  return {
    title: "CPU and memory",
    columns: [
      { title: "pods", right: true },
      { title: "CPU", right: true },
      { title: "memory", right: true },
      { title: "CPU limit", right: true },
      { title: "memory limit", right: true },
      { title: "what" },
    ],
    rows: [
      ...items.map(podRow),
      ["", ...amountCells(requests, "0"), ...amountCells(limits), "all that always run"],
    ],
  };
}

function podRow({ what, pods, requests, limits }: SheetPods): string[] {
  return [`${pods} ×`, ...amountCells(requests, "0"), ...amountCells(limits), what];
}

function amountCells({ cpu, memoryBytes }: SheetAmounts, missing = "none"): string[] {
  return [cpu === undefined ? missing : String(cpu), memoryBytes === 0 ? missing : amountText(memoryBytes)];
}

function volumeSection({ volumes, volumeBytes }: ServiceSheet): SheetSection {
  return {
    title: "Volumes",
    columns: [
      { title: "volumes", right: true },
      { title: "size", right: true },
      { title: "what" },
      { title: "class" },
    ],
    rows: [
      ...volumes.map(({ what, volumes: count, bytes, storageClass }) => [
        `${count} ×`,
        amountText(bytes),
        what,
        storageClass ?? "the default",
      ]),
      ["", amountText(volumeBytes), "all", ""],
    ],
  };
}

function backupSection(backups: SheetBackups | undefined): SheetSection {
  const title = "Backups";
  if (backups === undefined) return { title, notes: ["Nothing is archived: no moment can be restored."] };
  const { recoveryWindowDays, daysBetween, windowBackups, tierBackups, walDays } = backups;
  const tiers = tierBackups === 0 ? "" : `, ${tierBackups} beyond it`;
  return {
    title,
    facts: [
      [
        "recovery window",
        `${counted(recoveryWindowDays, "day")}, a base backup every ${counted(daysBetween, "day")}`,
      ],
      [
        "base backups",
        `at most ${windowBackups} of the window${tiers}, each ${amountText(backups.backupBytes)}`,
      ],
      ["WAL", `at most ${counted(walDays, "day")}, ${amountText(backups.walBytesPerDay)} a day`],
      [
        "in the store",
        `at most ${amountText(backups.bytes)}, after ${counted(backups.fullAfterDays, "day")}`,
      ],
    ],
  };
}

function costSection({ items, month, known, currency = "", date, source }: SheetCost): SheetSection {
  const money = (amount: number | undefined): string =>
    amount === undefined ? "unknown" : `${amount.toFixed(2)} ${currency}`.trim();
  if (source === undefined)
    return { title: "Cost of a month", notes: ["Unknown: there is no table of prices (prices)."] };
  const total = month === undefined ? `unknown, at least ${money(known)}` : money(month);
  return {
    title: "Cost of a month",
    columns: [{ title: "month", right: true }, { title: "what" }, { title: "of" }],
    rows: [...items.map(({ what, amount, month: own }) => [money(own), what, amount]), [total, "all", ""]],
    notes: [`Prices of ${date}: ${source}.`],
  };
}

function recoverySection({ recovery, servers, backups }: ServiceSheet): SheetSection {
  const { serverLossSeconds, archiveLossSeconds, podSeconds, nodeSeconds } = recovery;
  const { restoreLeastSeconds, restoreMostSeconds } = recovery;
  const upTo = (seconds: number | undefined, none: string): string =>
    seconds === undefined ? none : seconds === 0 ? "none" : `up to ${durationText(seconds)}`;
  const archive = backups === undefined ? "everything" : "what fills no WAL segment";
  return {
    title: "Loss (RPO) and interruption (RTO)",
    facts: [
      ["lost with a server and its volume", upTo(serverLossSeconds, archive)],
      ["lost with all of them", upTo(archiveLossSeconds, archive)],
      ["the primary's pod is gone", upTo(podSeconds, "until it runs again")],
      ["the primary's node is gone", upTo(nodeSeconds, "until the node or the volume is back")],
      [
        "restore from the store",
        restoreLeastSeconds === undefined || restoreMostSeconds === undefined
          ? "impossible"
          : `about ${durationText(restoreLeastSeconds)} to ${durationText(restoreMostSeconds)}`,
      ],
    ],
    notes: servers === 1 ? [recovery.loss] : [recovery.loss, recovery.interruption],
  };
}

function connectionSection({ connections, servers }: ServiceSheet): SheetSection {
  const { most, reserved, applications, poolerClients } = connections;
  const direct = `${most - reserved} of max_connections ${most}, ${reserved} are reserved`;
  return {
    title: "Connections",
    facts: [
      ["at most, for applications", String(applications)],
      ...(poolerClients === undefined
        ? [["on the primary", direct] as [string, string]]
        : [
            ["through the pooler", String(poolerClients)] as [string, string],
            ["without it, shared with its pools", direct] as [string, string],
          ]),
      ...(servers === 1 ? [] : [["on each standby", `${most - reserved} more, to read`] as [string, string]]),
    ],
  };
}

function zoneNotes({ zoneLoss }: ServiceSheet): string[] {
  const { text, writesAfterSeconds } = zoneLoss;
  return [
    writesAfterSeconds === undefined
      ? text
      : `${text} That takes up to about ${durationText(writesAfterSeconds)}.`,
  ];
}

function counted(count: number, unit: string): string {
  return count === 1 ? `1 ${unit}` : `${count} ${unit}s`;
}

import { durationText } from "../duration";
import { amountText } from "../parameters/amount";
import type { SheetLimitsArgs } from "./args";
import { bytesOf, cores } from "./pods";
import type { ServiceSheet } from "./sheet";

/** What a sheet does not keep to; `argument` is relative to the limits. */
export interface LimitProblem {
  argument: keyof SheetLimitsArgs;
  value: number | string;
  problem: string;
  remedy: string;
}

/** What is beyond a limit, or cannot be reckoned although it has one. */
export function limitProblems(sheet: ServiceSheet, limits: SheetLimitsArgs): LimitProblem[] {
  return rules(sheet).flatMap(({ argument, actual, text, keeps, unknown, remedy }) => {
    const value = limits[argument];
    if (value === undefined) return [];
    if (actual === undefined) return [{ argument, value, problem: `cannot be kept: ${unknown}.`, remedy }];
    return keeps(actual, value) ? [] : [{ argument, value, problem: `is not kept: ${text}.`, remedy }];
  });
}

interface Rule {
  argument: keyof SheetLimitsArgs;
  /** What the sheet says; absent where it cannot say it. */
  actual: number | undefined;
  /** The same in words. */
  text: string;
  /** Why it cannot, where it cannot. */
  unknown: string;
  keeps: (actual: number, limit: number | string) => boolean;
  remedy: string;
}

function rules(sheet: ServiceSheet): Rule[] {
  const { resources, volumeBytes, connections, recovery } = sheet;
  const { cpu, memoryBytes } = resources.requests;
  const { serverLossSeconds, nodeSeconds, restoreMostSeconds } = recovery;
  return [
    costRule(sheet),
    most("maxCpu", cpu, `the pods request ${cpu} CPU`, cores, "Take a smaller size or fewer servers"),
    most(
      "maxMemory",
      memoryBytes,
      `the pods request ${amountText(memoryBytes)}`,
      bytesOf,
      "Take a smaller size or fewer servers",
    ),
    most(
      "maxStorage",
      volumeBytes,
      `the volumes hold ${amountText(volumeBytes)}`,
      bytesOf,
      "Take smaller volumes or fewer servers",
    ),
    {
      argument: "minConnections",
      actual: connections.applications,
      text: `applications can have ${connections.applications} connections`,
      unknown: "",
      keeps: (actual, limit) => actual >= Number(limit),
      remedy: "Raise max_connections with the memory it needs, put a pooler in front, or lower the limit.",
    },
    {
      ...seconds("maxRpoSeconds", serverLossSeconds, "of commits can be lost with a server and its volume"),
      unknown:
        "with the only server and its volume is lost whatever was written, because nothing is archived",
      remedy: "Choose a class of availability with standbys, or archive to a store; or raise the limit.",
    },
    {
      ...seconds(
        "maxRtoSeconds",
        nodeSeconds,
        "can pass until writes go on after the primary's node is lost",
      ),
      unknown: "without a standby writes pause until the node or the volume is back",
      remedy:
        nodeSeconds === undefined
          ? "Choose a class of availability with standbys, or take the limit out."
          : "Raise the limit: most of it is the time in which Kubernetes notices that a node is lost.",
    },
    {
      ...seconds("maxRestoreSeconds", restoreMostSeconds, "can pass until the archive is restored"),
      unknown: "nothing is archived that could be restored",
      remedy: "Archive to a store, take base backups more often, or raise the limit.",
    },
  ];
}

/** A cost of which a part is unknown is none that could be promised. */
function costRule({ cost }: ServiceSheet): Rule {
  const { month, known, currency, items } = cost;
  const missing = items.filter(item => item.month === undefined).map(({ what }) => what);
  const rest = known > 0 ? `, and all else costs ${known.toFixed(2)} ${currency} a month` : "";
  return {
    argument: "maxMonthlyCost",
    actual: month,
    text: `a month costs ${known.toFixed(2)} ${currency}`,
    unknown: `the price of ${missing.join(", ")} is unknown${rest}`,
    keeps: (actual, limit) => actual <= Number(limit),
    remedy:
      month === undefined
        ? "Give these prices in prices, or take the limit out."
        : "Take less of what costs most, or raise the limit.",
  };
}

function most(
  argument: keyof SheetLimitsArgs,
  actual: number | undefined,
  text: string,
  read: (quantity: string) => number,
  remedy: string,
): Rule {
  return {
    argument,
    actual,
    text,
    unknown: "",
    keeps: (value, limit) => value <= read(String(limit)),
    remedy: `${remedy}, or raise the limit.`,
  };
}

function seconds(
  argument: keyof SheetLimitsArgs,
  actual: number | undefined,
  what: string,
): Pick<Rule, "argument" | "actual" | "text" | "keeps"> {
  return {
    argument,
    actual,
    text: `${actual === undefined ? "" : durationText(actual)} ${what}`,
    keeps: (value, limit) => value <= Number(limit),
  };
}

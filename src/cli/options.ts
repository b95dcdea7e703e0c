import { type Command, InvalidArgumentError, Option } from "commander";
import { DiskKind } from "../parameters/profile-args";
import { bytesOf, coresOf } from "./amounts";

/** PostgreSQL majors with a catalogue. */
const majors = [14, 15, 16, 17, 18];

/** The major an instance has when none is named. */
const defaultMajor = 18;

/** What {@link addPodOptions} reads. Sizes are in bytes, CPU in cores. */
export interface PodOptions {
  major: number;
  memory: number;
  cpu: number;
  storage: number;
  walStorage?: number;
  disk: DiskKind;
  instances: number;
  allowUnsafe?: string[];
  acceptMemoryRisk?: boolean;
  preload?: string[];
}

/** The options that say what server parameters are for. */
export function addPodOptions(command: Command): Command {
  return command
    .addOption(majorOption())
    .requiredOption("--memory <quantity>", "memory limit of the pod, for example 2Gi; required", bytesOf)
    .addOption(new Option("--cpu <quantity>", "CPU limit of the pod").argParser(coresOf).default(1))
    .addOption(storageOption())
    .option("--wal-storage <quantity>", "size of the WAL volume, when WAL has its own", bytesOf)
    .addOption(choiceOption("--disk <kind>", "kind of disk", DiskKind).default(DiskKind.Ssd))
    .addOption(instancesOption())
    .option("--preload <library>", "a library that is preloaded; can be repeated", repeated)
    .option("--allow-unsafe <name>", "accept the danger of this parameter; can be repeated", repeated)
    .option("--accept-memory-risk", "only warn of memory above the limit");
}

/** `--major`. */
export function majorOption(): Option {
  return new Option("--major <number>", `PostgreSQL major, ${majors[0]} to ${majors.at(-1)}`)
    .argParser(majorOf)
    .default(defaultMajor);
}

/** `--instances`. */
export function instancesOption(): Option {
  return new Option("--instances <number>", "instances of the Cluster: more than one means standbys")
    .argParser(countOf)
    .default(1);
}

/** `--smart-shutdown-timeout`; left out, it is that of a `PostgresInstance` of so many instances. */
export function drainOption(): Option {
  return new Option(
    "--smart-shutdown-timeout <seconds>",
    "seconds open sessions get to end by themselves (default: 15 with one instance, 0 with more)",
  ).argParser(drainSecondsOf);
}

function drainSecondsOf(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError("It is a whole number of seconds.");
  return Number(text);
}

/** A number of seconds that somebody waits. */
export function secondsOf(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError("It is a whole number of seconds from 1.");
  return Number(text);
}

/**
 * `--timeout`.
 * @param what goes on when the time is up
 */
export function timeoutOption(what: string, seconds: number): Option {
  return new Option("--timeout <seconds>", `seconds to wait; ${what}`).argParser(secondsOf).default(seconds);
}

/** `--json`. */
export function jsonOption(): Option {
  return new Option("--json", "the result as JSON");
}

/** An option with the values of an enumeration. */
export function choiceOption(flags: string, description: string, values: Record<string, string>): Option {
  return new Option(flags, description).choices(Object.values(values));
}

function storageOption(): Option {
  const size = "10Gi";
  return new Option("--storage <quantity>", "size of the data volume")
    .argParser(bytesOf)
    .default(bytesOf(size), size);
}

function majorOf(text: string): number {
  const major = majors.find(known => String(known) === text);
  if (major === undefined) throw new InvalidArgumentError(`It is one of ${majors.join(", ")}.`);
  return major;
}

function countOf(text: string): number {
  if (!/^[1-9]\d{0,2}$/.test(text)) throw new InvalidArgumentError("It is a whole number from 1 to 999.");
  return Number(text);
}

/** Values of an option that can be repeated; several may also stand in one, between commas. */
export function repeated(text: string, before: string[] = []): string[] {
  return [...before, ...text.split(",").filter(part => part !== "")];
}

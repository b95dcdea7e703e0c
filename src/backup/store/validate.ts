import type { ArgumentProblem } from "../../argument-error";
import { isNamespace, notNamespace } from "../../instance/checks/names";
import { compareQuantities, isPositiveQuantity, parseBytes } from "../../quantity";
import { checkChoice, refuse, type Report, reporter } from "../../report";
import { policyProblems } from "../retention-policy";
import { type BackupStoreArgs, DataCompression, SidecarLogLevel, WalCompression } from "./args";
import { checkEncryption } from "./checks/encryption";
import { checkForeign } from "./checks/foreign";
import { checkCredentials, checkPlace, checkProvider } from "./checks/provider";
import { accountOf, isClear, knownAccount } from "./destination";
import { leafProblems } from "./leaves";
import { sidecarMemory, uploads } from "./render";
import {
  clearWarning,
  connectionStringWarnings,
  knownAccountWarning,
  sasTokenWarnings,
} from "./secret-values";

/** Longest name of a store: `-credentials` and `-restore` follow it. */
const maxNameLength = 50;

/** Most processes at once; more would only wait for each other. */
const maxParallel = 32;

/** Resident memory of one Barman process with its cloud library: 50 to 56 MiB when it starts, measured with Barman 3.20. */
const processBytes = 60n * 2n ** 20n;

/**
 * Everything that is wrong with the arguments, as far as they alone can tell.
 * Pure: the same arguments give the same problems.
 */
export function storeProblems(resource: string, args: BackupStoreArgs): ArgumentProblem[] {
  const { problems, report } = reporter("BackupStore", resource);
  const foreign = checkForeign(args, report);
  checkNames(resource, args, report);
  checkProvider(args, foreign, report);
  checkPlace(args, report);
  checkCredentials(args, report);
  checkEncryption(args, report);
  checkCompression(args, report);
  checkSidecar(args, report);
  checkWalTimeout(args, report);
  checkTags(args, report);
  for (const problem of policyProblems({ recoveryWindowDays: args.recoveryWindowDays }))
    report(problem.argument, problem.value, problem.problem, problem.remedy);
  return [...problems, ...leafProblems(resource, args)];
}

/** @throws ArgumentError when anything is wrong with the arguments. */
export function validateStore(resource: string, args: BackupStoreArgs): void {
  refuse(storeProblems(resource, args));
}

/** What is allowed and ought to be known, as sentences. Values that are not known yet are left out. */
export function storeWarnings(args: BackupStoreArgs): string[] {
  const { azure, s3 } = args;
  const destination = text(azure?.destination);
  const clear = [
    ...(isClear(destination) ? [clearWarning("azure.destination")] : []),
    ...(isClear(text(s3?.endpoint)) ? [clearWarning("s3.endpoint")] : []),
  ];
  const knownStore = accountOf(destination) === knownAccount ? [knownAccountWarning] : [];
  const { connectionString, sasToken } = azure?.credentials ?? {};
  const secret = [
    ...connectionStringWarnings(text(connectionString)),
    ...sasTokenWarnings(text(sasToken), args.tags !== undefined),
  ];
  return [...new Set([...clear, ...knownStore, ...secret, ...memoryWarnings(args)])];
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function memoryWarnings(args: BackupStoreArgs): string[] {
  const { data, wal } = uploads(args);
  const memory = parseBytes(sidecarMemory(args)) ?? 0n;
  const needed = BigInt(data + wal + 1) * processBytes;
  if (memory >= needed) return [];
  return [
    `parallelism: ${data} uploads of a base backup and ${wal} of WAL need about ${needed / 2n ** 20n}Mi at once, sidecar.memory is ${sidecarMemory(args)}: the kernel may kill an upload. Raise sidecar.memory or lower parallelism.`,
  ];
}

function checkNames(resource: string, args: BackupStoreArgs, report: Report): void {
  const name = args.name ?? resource;
  if (!isNamespace(name) || name.length > maxNameLength)
    report(
      "name",
      name,
      `is not a DNS label of at most ${maxNameLength} characters.`,
      "Use lower case letters, digits and hyphens, with a letter or digit at both ends.",
    );
  const ending = ["-restore", "-credentials"].find(end => name.endsWith(end));
  if (ending !== undefined)
    report(
      "name",
      name,
      `ends in "${ending}", which is used for what belongs to a store.`,
      "Choose another.",
    );
  const namespace = args.namespace ?? "default";
  if (!isNamespace(namespace)) report("namespace", namespace, ...notNamespace);
}

function checkCompression({ compression, parallelism }: BackupStoreArgs, report: Report): void {
  if ((compression?.data as string | undefined) === WalCompression.Zstd)
    report(
      "compression.data",
      WalCompression.Zstd,
      "is for WAL only: the plugin's definition does not admit it for base backups.",
      `Use "${DataCompression.Lz4}", or "${DataCompression.Gzip}" for smaller ones.`,
    );
  else checkChoice("compression.data", compression?.data, DataCompression, report);
  checkChoice("compression.wal", compression?.wal, WalCompression, report);
  for (const kind of ["data", "wal"] as const) {
    const count = parallelism?.[kind];
    if (count !== undefined && !(Number.isInteger(count) && count >= 1 && count <= maxParallel))
      report(
        `parallelism.${kind}`,
        count,
        `is not a whole number from 1 to ${maxParallel}.`,
        "Each is a process of its own.",
      );
  }
}

function checkSidecar({ sidecar = {} }: BackupStoreArgs, report: Report): void {
  const { cpu, cpuLimit, memory, restoreMemory } = sidecar;
  const examples = { cpu: '"100m"', cpuLimit: '"1"', memory: '"512Mi"', restoreMemory: '"1Gi"' };
  const bad = Object.entries({ cpu, cpuLimit, memory, restoreMemory }).filter(
    ([, value]) => value !== undefined && !isPositiveQuantity(value),
  );
  for (const [name, value] of bad)
    report(
      `sidecar.${name}`,
      value,
      "is not a quantity greater than zero.",
      `Write for example ${examples[name as keyof typeof examples]}.`,
    );
  if (cpuLimit !== undefined && bad.length === 0 && compareQuantities(cpu ?? "100m", cpuLimit) > 0)
    report(
      "sidecar.cpuLimit",
      cpuLimit,
      `is below the request of ${cpu ?? "100m"}.`,
      "Raise it, or lower sidecar.cpu.",
    );
  checkChoice("sidecar.logLevel", sidecar.logLevel, SidecarLogLevel, report);
  const seconds = sidecar.retentionIntervalSeconds;
  if (seconds !== undefined && !(Number.isInteger(seconds) && seconds >= 60))
    report(
      "sidecar.retentionIntervalSeconds",
      seconds,
      "is not a whole number of at least 60.",
      "The default is 1800.",
    );
}

function checkWalTimeout({ s3 }: BackupStoreArgs, report: Report): void {
  const seconds = s3?.walTimeoutSeconds;
  if (seconds !== undefined && !(Number.isInteger(seconds) && seconds >= 5 && seconds <= 600))
    report(
      "s3.walTimeoutSeconds",
      seconds,
      "is not a whole number from 5 to 600.",
      "The default is 60; 15 tells of a silent store within two minutes.",
    );
}

/** The rules of Azure, S3 and Barman's command line together. */
function checkTags({ tags }: BackupStoreArgs, report: Report): void {
  if (tags === undefined) return;
  const count = Object.keys(tags).length;
  if (count === 0 || count > 10)
    report("tags", undefined, `has ${count} tags.`, "Give 1 to 10, or leave it out.");
  for (const [key, value] of Object.entries(tags))
    if (!/^[A-Za-z0-9 +\-./:=_]{1,128}$/.test(key) || !/^[A-Za-z0-9 +\-./:=_]{0,256}$/.test(value))
      report(
        `tags.${key}`,
        value,
        "is no tag that every store takes.",
        "Use letters, digits, blanks and + - . / : = _, at most 128 for the key and 256 for the value.",
      );
}

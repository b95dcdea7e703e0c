import { ArgumentError, type ArgumentProblem } from "../argument-error";
import {
  checkVersions,
  extensionAvailability,
  isOfficialPostgresImage,
  matrixDate,
  parseImage,
  pinnedVersions,
  postgresMajors,
  postgresVersionProblem,
} from "../cnpg/versions";
import { PrimaryUpdateMethod, PrimaryUpdateStrategy } from "../cnpg/cluster";
import { nearest } from "../nearest";
import { fixedParameters } from "../parameters/fixed";
import { compareQuantities, isPositiveQuantity } from "../quantity";
import type { GenerationArgs, InitdbArgs, PostgresInstanceArgs, ProbeArgs, StorageArgs } from "./args";
import { Exposure, InstanceSize, Spread, StopMethod, WaitFor } from "./args";
import { generationImage, generationMajor } from "./image";
import { maxNameLength, reservedEndings } from "./names";
import { activeGeneration, generationArgs, sizes } from "./resolve";

type Report = (argument: string, value: unknown, problem: string, remedy?: string) => void;

/**
 * Everything that is wrong with the arguments, as far as they alone can tell.
 * Pure: the same arguments give the same problems.
 */
export function instanceProblems(resource: string, args: PostgresInstanceArgs): ArgumentProblem[] {
  const problems: ArgumentProblem[] = [];
  const report: Report = (argument, value, problem, remedy) =>
    problems.push({ component: "PostgresInstance", resource, argument, value, problem, remedy });
  checkNames(resource, args, report);
  checkGenerations(args, report);
  checkImages(args, report);
  checkResources(args, report);
  checkDatabase(args.name ?? resource, args, report);
  checkExposure(args, report);
  checkUpdates(args, report);
  checkScheduling(args, report);
  checkParameters(args, report);
  checkRemoval(args.name ?? resource, args, report);
  return problems;
}

/** What is allowed and ought to be known, as sentences: majors whose support has ended. */
export function instanceWarnings(args: PostgresInstanceArgs): string[] {
  const majors = new Set(Object.values(generationArgs(args)).map(own => generationMajor(args, own)));
  return [...majors].flatMap(
    postgresMajor =>
      checkVersions({ operator: pinnedVersions.operator, postgresMajor, today: new Date(matrixDate) })
        .warnings,
  );
}

/** @throws ArgumentError when anything is wrong with the arguments. */
export function validateInstance(resource: string, args: PostgresInstanceArgs): void {
  const problems = instanceProblems(resource, args);
  if (problems.length > 0) throw new ArgumentError(problems);
}

const dns1035 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const dns1123 = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

function checkNames(resource: string, args: PostgresInstanceArgs, report: Report): void {
  const name = args.name ?? resource;
  if (!dns1035.test(name)) {
    report(
      "name",
      name,
      "is not a DNS-1035 label.",
      "Use lower case letters, digits and hyphens, starting with a letter.",
    );
  }
  if (name.length > maxNameLength) {
    report(
      "name",
      name,
      `has ${name.length} characters, at most ${maxNameLength} are allowed.`,
      "Shorten it: generations, drills and poolers append to it.",
    );
  }
  const ending = reservedEndings.find(e => name.endsWith(`-${e}`)) ?? /-(g\d+)$/.exec(name)?.[1];
  if (ending !== undefined) {
    report(
      "name",
      name,
      `ends in "-${ending}", which is used for what belongs to an instance.`,
      `Use for example "${name.slice(0, -ending.length - 1)}" or "${name}-db".`,
    );
  }
  const namespace = args.namespace ?? "default";
  if (!dns1123.test(namespace) || namespace.length > 63) {
    report(
      "namespace",
      namespace,
      "is not a DNS-1123 label.",
      "Use at most 63 lower case letters, digits and hyphens.",
    );
  }
  if (
    args.createNamespace === true &&
    ["default", "kube-system", "kube-public", "kube-node-lease"].includes(namespace)
  ) {
    report(
      "createNamespace",
      true,
      `the namespace "${namespace}" exists in every cluster.`,
      "Leave createNamespace out.",
    );
  }
}

function checkGenerations(args: PostgresInstanceArgs, report: Report): void {
  const generations = generationArgs(args);
  const numbers = Object.keys(generations);
  if (numbers.length === 0) report("generations", {}, "is empty.", "Leave it out for a single generation.");
  for (const number of numbers) {
    if (!/^[1-9]\d{0,2}$/.test(number)) {
      report("generations", number, "is not a generation number.", 'Use "1", "2", … up to "999".');
    }
  }
  const active = activeGeneration(args);
  if (active === undefined && numbers.length > 0) {
    report(
      "activeGeneration",
      undefined,
      "is missing and there are several generations.",
      `Choose one of ${numbers.join(", ")}.`,
    );
  } else if (active !== undefined && !(active in generations)) {
    report(
      "activeGeneration",
      active,
      "is not among the generations.",
      `Choose one of ${numbers.join(", ")}.`,
    );
  }
  for (const [number, own] of Object.entries(generations))
    checkGeneration(`generations.${number}`, args, own, report);
  checkStorage("storage", args.storage, report);
  checkStorage("walStorage", args.walStorage, report);
  checkInitdb("initdb", args.initdb, generationMajor(args, {}), report);
  const dropped = args.droppedGenerations?.find(number => number in generations);
  if (dropped !== undefined) {
    report(
      "droppedGenerations",
      dropped,
      "is still among the generations.",
      "Remove it from one of the two.",
    );
  }
}

function checkGeneration(
  path: string,
  args: PostgresInstanceArgs,
  own: GenerationArgs,
  report: Report,
): void {
  checkStorage(`${path}.storage`, own.storage, report);
  checkStorage(`${path}.walStorage`, own.walStorage, report);
  checkInitdb(`${path}.initdb`, own.initdb, generationMajor(args, own), report);
  checkChoice(`${path}.stop`, own.stop, StopMethod, report);
  const initdb =
    own.initdb ??
    (args.generations === undefined || Object.keys(args.generations).length === 1 ? args.initdb : undefined);
  if (own.restoredFrom !== undefined && initdb !== undefined) {
    report(
      `${path}.restoredFrom`,
      own.restoredFrom.backup,
      "a generation is either made by initdb or restored, not both.",
      "Remove one of the two.",
    );
  }
  if (own.restoredFrom !== undefined && !/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(own.restoredFrom.backup)) {
    report(`${path}.restoredFrom.backup`, own.restoredFrom.backup, "is not the name of a Backup object.");
  }
}

function checkStorage(path: string, storage: StorageArgs | undefined, report: Report): void {
  if (storage?.size !== undefined && !isPositiveQuantity(storage.size)) {
    report(
      `${path}.size`,
      storage.size,
      "is not a size.",
      'Write a Kubernetes quantity greater than zero, for example "10Gi".',
    );
  }
}

function checkInitdb(
  path: string,
  initdb: InitdbArgs | undefined,
  major: number | undefined,
  report: Report,
): void {
  if (initdb === undefined) return;
  const { walSegmentSize, localeProvider } = initdb;
  if (
    walSegmentSize !== undefined &&
    !(walSegmentSize >= 1 && walSegmentSize <= 1024 && Number.isInteger(Math.log2(walSegmentSize)))
  ) {
    report(
      `${path}.walSegmentSize`,
      walSegmentSize,
      "is not a power of two from 1 to 1024.",
      "The unit is MiB; the default is 16.",
    );
  }
  const providers: Record<string, number> = { libc: 14, icu: 15, builtin: 17 };
  if (localeProvider !== undefined) {
    const since = providers[localeProvider];
    if (since === undefined) {
      report(
        `${path}.localeProvider`,
        localeProvider,
        "is not a locale provider.",
        `Choose one of ${Object.keys(providers).join(", ")}.`,
      );
    } else if (major !== undefined && major < since) {
      report(
        `${path}.localeProvider`,
        localeProvider,
        `needs PostgreSQL ${since}, this is ${major}.`,
        'Use "libc".',
      );
    }
  }
  if (initdb.icuLocale !== undefined && localeProvider !== "icu") {
    report(`${path}.icuLocale`, initdb.icuLocale, "has no effect.", 'Set localeProvider to "icu".');
  }
  if (initdb.builtinLocale !== undefined && localeProvider !== "builtin") {
    report(
      `${path}.builtinLocale`,
      initdb.builtinLocale,
      "has no effect.",
      'Set localeProvider to "builtin".',
    );
  }
}

function checkImages(args: PostgresInstanceArgs, report: Report): void {
  checkImage("", args, report);
  for (const [number, own] of Object.entries(generationArgs(args))) {
    checkImage(`generations.${number}.`, { image: own.image, version: own.version }, report);
    checkExtensions(args, own, report);
  }
}

function checkImage(path: string, given: { image?: string; version?: string }, report: Report): void {
  const { image, version } = given;
  const wrongVersion = version === undefined ? undefined : postgresVersionProblem(version);
  if (wrongVersion !== undefined) {
    const near = nearest(String(version), postgresMajors.map(String));
    report(
      `${path}version`,
      version,
      wrongVersion,
      `Choose one of ${postgresMajors.join(", ")}${near === undefined ? "" : `; nearest is ${near}`}.`,
    );
  }
  if (image === undefined) return;
  if (isOfficialPostgresImage(image)) {
    report(
      `${path}image`,
      image,
      "is an official postgres image, which lacks what CloudNativePG needs (its user id, barman and failover tools, no entrypoint of its own).",
      `Use "${generationImage({ version: wrongVersion === undefined ? version : undefined }, {})}" or an image built on it.`,
    );
    return;
  }
  const parsed = parseImage(image);
  if (parsed.major === undefined) {
    report(
      `${path}image`,
      image,
      "has no tag that begins with the PostgreSQL version.",
      `CloudNativePG reads the version from the tag: use for example ":${pinnedVersions.postgresMajor}.1-…".`,
    );
    return;
  }
  if (!postgresMajors.includes(parsed.major)) {
    report(
      `${path}image`,
      image,
      `PostgreSQL ${parsed.major} is not supported.`,
      `Choose one of ${postgresMajors.join(", ")}.`,
    );
  }
  if (version !== undefined && wrongVersion === undefined && !agrees(version, parsed.major, parsed.minor)) {
    report(`${path}version`, version, `disagrees with the image "${image}".`, "Leave one of the two out.");
  }
}

function agrees(version: string, major: number, minor: number | undefined): boolean {
  const [wantedMajor, wantedMinor] = version.split(".").map(Number);
  return wantedMajor === major && (wantedMinor === undefined || wantedMinor === minor);
}

function checkExtensions(args: PostgresInstanceArgs, own: GenerationArgs, report: Report): void {
  const major = generationMajor(args, own);
  if (major === undefined) return;
  const image = generationImage(args, own);
  const seen = new Set<string>();
  for (const [index, extension] of (args.extensions ?? []).entries()) {
    const path = `extensions[${index}]`;
    if (!/^[a-z_][a-z0-9_-]{0,62}$/.test(extension)) {
      report(path, extension, "is not the name of an extension.");
      continue;
    }
    if (seen.has(extension)) report(path, extension, "is listed twice.");
    seen.add(extension);
    const { problem } = extensionAvailability(image, extension, major);
    if (problem !== undefined) report(path, extension, problem.problem, problem.remedy);
  }
}

function checkResources(args: PostgresInstanceArgs, report: Report): void {
  if (args.instances !== undefined && !(Number.isInteger(args.instances) && args.instances >= 1)) {
    report(
      "instances",
      args.instances,
      "is not a whole number of at least 1.",
      "To stop an instance and keep its data, set hibernated: true.",
    );
  }
  checkChoice("size", args.size, InstanceSize, report);
  const preset = sizes[args.size ?? InstanceSize.Small] ?? sizes[InstanceSize.Small];
  for (const kind of ["cpu", "memory"] as const) {
    const limit = args.resources?.[kind];
    const request = args.resources?.requests?.[kind];
    const bad = (value: string | undefined): boolean => value !== undefined && !isPositiveQuantity(value);
    const example = kind === "cpu" ? '"500m" or "2"' : '"2Gi"';
    if (bad(limit))
      report(
        `resources.${kind}`,
        limit,
        "is not a quantity greater than zero.",
        `Write for example ${example}.`,
      );
    if (bad(request))
      report(
        `resources.requests.${kind}`,
        request,
        "is not a quantity greater than zero.",
        `Write for example ${example}.`,
      );
    if (request === undefined || bad(request) || bad(limit)) continue;
    const effective = limit ?? preset[kind];
    if (compareQuantities(request, effective) > 0) {
      report(
        `resources.requests.${kind}`,
        request,
        `is above the limit of ${effective}.`,
        `Raise resources.${kind} or lower the request.`,
      );
    }
  }
  if (args.readyTimeout !== undefined && !(args.readyTimeout >= 30)) {
    report(
      "readyTimeout",
      args.readyTimeout,
      "is below 30 seconds.",
      "The default is 300, and 120 more for each standby.",
    );
  }
  if (
    args.smartShutdownTimeout !== undefined &&
    !(Number.isInteger(args.smartShutdownTimeout) && args.smartShutdownTimeout >= 0)
  ) {
    report("smartShutdownTimeout", args.smartShutdownTimeout, "is not a number of seconds.");
  }
}

function checkDatabase(name: string, args: PostgresInstanceArgs, report: Report): void {
  checkIdentifier("database", args.database, /^(postgres|template[01])$/, "app", report);
  checkIdentifier(
    "owner",
    args.owner,
    /^(postgres|streaming_replica|pg_.*|cnpg_.*|public|none)$/,
    "app",
    report,
  );
  if (args.password !== undefined && args.passwordSecret !== undefined) {
    report(
      "passwordSecret",
      args.passwordSecret,
      "is given together with password.",
      "Remove one of the two.",
    );
  }
  if (args.adopt === true && args.passwordSecret === undefined) {
    report(
      "adopt",
      true,
      "needs the password that is in the cluster already.",
      `Set passwordSecret to the Secret that was kept, for example "${name}-owner".`,
    );
  }
  if (typeof args.password === "string" && args.password.length < 8) {
    report("password", undefined, "has fewer than 8 characters.", "Leave it out for a random one.");
  }
}

function checkIdentifier(
  path: string,
  value: string | undefined,
  reserved: RegExp,
  example: string,
  report: Report,
): void {
  if (value === undefined) return;
  if (!/^[A-Za-z_][A-Za-z0-9_$-]{0,62}$/.test(value)) {
    report(
      path,
      value,
      "is not a PostgreSQL name of at most 63 letters, digits, underscores and hyphens, starting with a letter.",
      `Use for example "${example}".`,
    );
  } else if (reserved.test(value)) {
    report(path, value, "is reserved by PostgreSQL or CloudNativePG.", `Use for example "${example}".`);
  }
}

function checkExposure(args: PostgresInstanceArgs, report: Report): void {
  const exposure = args.exposure;
  if (exposure === undefined) return;
  checkChoice("exposure.type", exposure.type, Exposure, report);
  const balanced = exposure.type === Exposure.LoadBalancer;
  const ranges = exposure.sourceRanges ?? [];
  for (const [index, range] of ranges.entries()) {
    if (!isCidr(range)) {
      report(
        `exposure.sourceRanges[${index}]`,
        range,
        "is not an address range.",
        'Write it in CIDR form, for example "203.0.113.0/24".',
      );
    } else if (range.endsWith("/0")) {
      report(
        `exposure.sourceRanges[${index}]`,
        range,
        "contains every address.",
        "Name the networks your clients are in.",
      );
    }
  }
  if (balanced && exposure.internal !== true && ranges.length === 0) {
    report(
      "exposure.sourceRanges",
      undefined,
      "is missing: a public load balancer would let every address try to log in.",
      "Name the networks your clients are in, or set internal: true.",
    );
  }
  if (!balanced && (ranges.length > 0 || exposure.dnsLabel !== undefined || exposure.internal === true)) {
    report(
      "exposure.type",
      exposure.type,
      "has no load balancer for the other exposure arguments.",
      'Set it to "loadBalancer".',
    );
  }
  if (exposure.dnsLabel !== undefined && !/^[a-z][a-z0-9-]{1,61}[a-z0-9]$/.test(exposure.dnsLabel)) {
    report(
      "exposure.dnsLabel",
      exposure.dnsLabel,
      "is not an Azure DNS label.",
      "Use 3 to 63 lower case letters, digits and hyphens, starting with a letter and not ending in a hyphen.",
    );
  }
  if (exposure.dnsLabel !== undefined && exposure.internal === true) {
    report(
      "exposure.dnsLabel",
      exposure.dnsLabel,
      "an internal load balancer has no public DNS name.",
      "Remove one of the two.",
    );
  }
  if (exposure.dnsLabel !== undefined && !/^[a-z0-9]+$/.test(exposure.region ?? "")) {
    report(
      "exposure.region",
      exposure.region,
      "is missing or not an Azure region.",
      'The server certificate needs the full DNS name: set it, for example "westeurope".',
    );
  }
}

/** True for an IPv4 or IPv6 range in CIDR form. */
function isCidr(range: string): boolean {
  const v4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(range);
  if (v4 !== null) return v4.slice(1, 5).every(part => Number(part) <= 255) && Number(v4[5]) <= 32;
  const v6 = /^([0-9a-fA-F:]+)\/(\d{1,3})$/.exec(range);
  return v6 !== null && (v6[1] as string).includes(":") && Number(v6[2]) <= 128;
}

function checkUpdates(args: PostgresInstanceArgs, report: Report): void {
  checkChoice("primaryUpdateStrategy", args.primaryUpdateStrategy, PrimaryUpdateStrategy, report);
  checkChoice("primaryUpdateMethod", args.primaryUpdateMethod, PrimaryUpdateMethod, report);
  checkChoice("waitFor", args.waitFor, WaitFor, report);
  const single = (args.instances ?? 1) === 1;
  if (single && args.primaryUpdateStrategy === PrimaryUpdateStrategy.Supervised) {
    report(
      "primaryUpdateStrategy",
      args.primaryUpdateStrategy,
      "needs a standby to switch over to.",
      "Set instances to 2 or more.",
    );
  }
  if (single && args.primaryUpdateMethod === PrimaryUpdateMethod.Switchover) {
    report(
      "primaryUpdateMethod",
      args.primaryUpdateMethod,
      "needs a standby to switch over to.",
      "Set instances to 2 or more.",
    );
  }
  for (const probe of ["startup", "readiness"] as const)
    checkProbe(`probes.${probe}`, args.probes?.[probe], report);
}

function checkProbe(path: string, probe: ProbeArgs | undefined, report: Report): void {
  if (probe === undefined) return;
  const types = ["pg_isready", "query", "streaming"];
  if (probe.type !== undefined && !types.includes(probe.type)) {
    report(`${path}.type`, probe.type, "is not a kind of probe.", `Choose one of ${types.join(", ")}.`);
  }
  if (probe.maximumLag !== undefined && probe.type !== "streaming") {
    report(`${path}.maximumLag`, probe.maximumLag, "has no effect.", 'Set type to "streaming".');
  }
  if (probe.maximumLag !== undefined && !isPositiveQuantity(probe.maximumLag)) {
    report(`${path}.maximumLag`, probe.maximumLag, "is not a size.", 'Write a quantity, for example "16Mi".');
  }
  for (const seconds of ["periodSeconds", "timeoutSeconds", "failureThreshold"] as const) {
    const value = probe[seconds];
    if (value !== undefined && !(Number.isInteger(value) && value >= 1)) {
      report(`${path}.${seconds}`, value, "is not a whole number of at least 1.");
    }
  }
}

function checkScheduling(args: PostgresInstanceArgs, report: Report): void {
  checkChoice("scheduling.zoneSpread", args.scheduling?.zoneSpread, Spread, report);
  checkChoice("scheduling.hostSpread", args.scheduling?.hostSpread, Spread, report);
}

function checkParameters(args: PostgresInstanceArgs, report: Report): void {
  for (const [name, value] of Object.entries(args.parameters ?? {})) {
    const remedy = fixedParameters.get(name);
    if (remedy !== undefined) report(`parameters.${name}`, value, "is set by CloudNativePG.", remedy);
    else if (!/^[A-Za-z_][A-Za-z0-9_$]*(\.[A-Za-z_][A-Za-z0-9_$]*)*$/.test(name)) {
      report(`parameters.${name}`, value, "is not the name of a parameter.");
    }
    if (typeof value !== "string") {
      report(`parameters.${name}`, value, "is not a string.", `Write "${String(value)}" in quotes.`);
    }
  }
}

function checkRemoval(name: string, args: PostgresInstanceArgs, report: Report): void {
  if (args.deletion !== undefined && args.deletion.confirm !== name) {
    report(
      "deletion.confirm",
      args.deletion.confirm,
      "does not repeat the name of the instance.",
      `Write "${name}" to delete its data.`,
    );
  }
}

function checkChoice(
  path: string,
  value: string | undefined,
  choices: Record<string, string>,
  report: Report,
): void {
  const allowed = Object.values(choices);
  if (value === undefined || allowed.includes(value)) return;
  const near = nearest(value, allowed);
  report(
    path,
    value,
    "is not one of the choices.",
    `Choose one of ${allowed.join(", ")}${near === undefined ? "" : `; nearest is "${near}"`}.`,
  );
}

import { own } from "../own";
import * as semver from "semver";
import type { ArgumentProblem } from "../argument-error";
import { checkVersions, pinnedVersions } from "../cnpg/versions";
import { nearest } from "../nearest";
import { compareQuantities, isPositiveQuantity } from "../quantity";
import { refuse, reporter } from "../report";
import {
  type BarmanPluginArgs,
  type CnpgOperatorArgs,
  type OperatorResourcesArgs,
  type OperatorSettingsArgs,
  OperatorSource,
  PluginCertificates,
} from "./args";
import { operatorPin, pluginPin } from "./pins";
import { operatorResources, pluginResources } from "./resolve";
import { settingNames, settingsElsewhere } from "./settings";

type Report = (argument: string, value: unknown, problem: string, remedy?: string) => void;

const pullPolicies = ["Always", "IfNotPresent", "Never"];
const logLevels = ["error", "warning", "info", "debug", "trace"];

/** Everything that is wrong with the arguments, as far as they alone can tell. Pure. */
export function operatorProblems(resource: string, args: CnpgOperatorArgs): ArgumentProblem[] {
  const { problems, report } = reporter("CnpgOperator", resource);
  checkVersion(args, report);
  checkManifest(args, report);
  checkNamespaces(args, report);
  checkResources("resources", args.resources, operatorResources, report);
  checkSettings(args.settings ?? {}, report);
  checkNumbers(args, report);
  checkImages(args, report);
  checkPlugin(args.plugin ?? {}, report);
  checkMonitoring(args, report);
  checkOverrides(args.overrides, report);
  return problems;
}

/** @throws ArgumentError when anything is wrong with the arguments. */
export function validateOperator(resource: string, args: CnpgOperatorArgs): void {
  refuse(operatorProblems(resource, args));
}

function checkVersion(args: CnpgOperatorArgs, report: Report): void {
  const version = args.version ?? pinnedVersions.operator;
  const plugin = (args.plugin?.enabled ?? true) ? (args.plugin?.version ?? pinnedVersions.plugin) : undefined;
  oneOf("source", args.source, Object.values(OperatorSource), report);
  if (semver.valid(version) !== version) {
    report("version", version, "is not a full version.", `Write for example "${pinnedVersions.operator}".`);
    return;
  }
  if (plugin !== undefined && semver.valid(plugin) !== plugin) {
    report(
      "plugin.version",
      plugin,
      "is not a full version.",
      `Write for example "${pinnedVersions.plugin}".`,
    );
    return;
  }
  for (const error of checkVersions({ operator: version }).errors) report("version", version, error);
  for (const error of checkVersions({ operator: version, plugin }).errors) {
    if (!checkVersions({ operator: version }).errors.includes(error)) report("plugin.version", plugin, error);
  }
  if (args.source === OperatorSource.Helm && operatorPin(version).chart === undefined) {
    report(
      "version",
      version,
      "has no known Helm chart.",
      `Use ${pinnedVersions.operator}, or the manifest.`,
    );
  }
}

function checkManifest(args: CnpgOperatorArgs, report: Report): void {
  const manifest = args.manifest ?? {};
  const version = args.version ?? pinnedVersions.operator;
  const plugin = args.plugin?.version ?? pinnedVersions.plugin;
  checkLocation("manifest.operator", manifest.operator, report);
  checkChecksum(
    "manifest.operatorSha256",
    manifest.operatorSha256,
    operatorPin(version).sha256,
    version,
    report,
  );
  checkLocation("manifest.plugin", manifest.plugin, report);
  if (args.plugin?.enabled ?? true) {
    checkChecksum("manifest.pluginSha256", manifest.pluginSha256, pluginPin(plugin).sha256, plugin, report);
  }
}

function checkLocation(argument: string, location: string | undefined, report: Report): void {
  if (location === "")
    report(argument, location, "is empty.", "Give the path of a file or an https URL, or leave it out.");
  else if (/^[a-z]+:\/\//i.test(location ?? "") && !/^https:\/\//i.test(location ?? "")) {
    report(
      argument,
      location,
      "is neither a path nor an https URL.",
      "Use https, or save the file and give its path.",
    );
  }
}

function checkChecksum(
  argument: string,
  given: string | undefined,
  pinned: string | undefined,
  version: string,
  report: Report,
): void {
  if (given !== undefined && !/^[0-9a-fA-F]{64}$/.test(given)) {
    report(argument, given, "is no SHA-256.", "Write 64 hexadecimal digits, as sha256sum prints them.");
  } else if (given === undefined && pinned === undefined) {
    report(
      argument,
      undefined,
      `is required for version ${version}, whose content this package does not know.`,
      "Download the manifest, read it, and give the output of sha256sum.",
    );
  }
}

function checkNamespaces(args: CnpgOperatorArgs, report: Report): void {
  const namespaces: [string, string | undefined][] = [
    ["namespace", args.namespace],
    ...(args.watchedNamespaces ?? []).map((name, index): [string, string] => [
      `watchedNamespaces[${index}]`,
      name,
    ]),
  ];
  for (const [argument, name] of namespaces) {
    if (name !== undefined && !/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name)) {
      report(
        argument,
        name,
        "is no name of a namespace.",
        "Use at most 63 lower case letters, digits and hyphens, with a letter or digit first and last.",
      );
    }
  }
  if (args.watchedNamespaces?.length === 0) {
    report("watchedNamespaces", [], "names no namespace.", "Leave it out to watch all of them.");
  }
}

function checkResources(
  argument: string,
  given: OperatorResourcesArgs | undefined,
  defaults: OperatorResourcesArgs,
  report: Report,
): void {
  for (const [name, value] of Object.entries(given ?? {}) as [string, string | undefined][]) {
    if (value !== undefined && value !== "" && !isPositiveQuantity(value)) {
      report(
        `${argument}.${name}`,
        value,
        "is no quantity above zero.",
        'Write for example "100m" or "256Mi".',
      );
    }
  }
  const { cpuRequest, cpuLimit, memoryRequest, memoryLimit } = { ...defaults, ...given };
  for (const [kind, request, limit] of [
    ["cpu", cpuRequest, cpuLimit],
    ["memory", memoryRequest, memoryLimit],
  ] as const) {
    if (!request || !limit || !isPositiveQuantity(request) || !isPositiveQuantity(limit)) continue;
    if (compareQuantities(request, limit) <= 0) continue;
    if (given?.[`${kind}Request`] !== undefined) {
      report(
        `${argument}.${kind}Request`,
        request,
        `is above the limit ${limit}.`,
        `Raise ${kind}Limit or lower it.`,
      );
    } else {
      report(
        `${argument}.${kind}Limit`,
        limit,
        `is below the request ${request}.`,
        `Lower ${kind}Request as well.`,
      );
    }
  }
}

function checkSettings(settings: OperatorSettingsArgs, report: Report): void {
  for (const setting of Object.keys(settings)) {
    if (Object.hasOwn(settingNames, setting)) continue;
    const elsewhere = own(settingsElsewhere, setting);
    const choice = nearest(setting, Object.keys(settingNames));
    report(
      `settings.${setting}`,
      undefined,
      "is no setting of the operator.",
      elsewhere !== undefined
        ? `It is the argument ${elsewhere}.`
        : choice !== undefined
          ? `Do you mean ${choice}?`
          : `There are ${Object.keys(settingNames).join(", ")}.`,
    );
  }
  const { certificateDuration = 90, expiringCheckThreshold = 7, standbyTcpUserTimeout } = settings;
  wholeNumber("settings.certificateDuration", certificateDuration, 1, report);
  wholeNumber("settings.expiringCheckThreshold", expiringCheckThreshold, 0, report);
  wholeNumber("settings.standbyTcpUserTimeout", standbyTcpUserTimeout, 0, report);
  if (expiringCheckThreshold >= certificateDuration) {
    report(
      "settings.expiringCheckThreshold",
      expiringCheckThreshold,
      `is not less than the certificates' lifetime of ${certificateDuration} days: they would be renewed all the time.`,
      "Lower it, or raise settings.certificateDuration.",
    );
  }
}

function checkNumbers(args: CnpgOperatorArgs, report: Report): void {
  wholeNumber("replicas", args.replicas, 1, report);
  wholeNumber("readyTimeout", args.readyTimeout, 10, report);
  wholeNumber("rolloutDelays.clusters", args.rolloutDelays?.clusters, 0, report);
  wholeNumber("rolloutDelays.instances", args.rolloutDelays?.instances, 0, report);
}

function checkImages(args: CnpgOperatorArgs, report: Report): void {
  oneOf("imagePullPolicy", args.imagePullPolicy, pullPolicies, report);
  oneOf("jobs.imagePullPolicy", args.jobs?.imagePullPolicy, pullPolicies, report);
  const { imageRegistry } = args;
  if (
    imageRegistry !== undefined &&
    !/^[a-z0-9][a-z0-9.-]*(:\d+)?(\/[a-z0-9][a-z0-9._-]*)*\/?$/.test(imageRegistry)
  ) {
    report(
      "imageRegistry",
      imageRegistry,
      "is no registry.",
      'Write its host and an optional path without scheme, for example "registry.example.com/mirror".',
    );
  }
}

function checkPlugin(plugin: BarmanPluginArgs, report: Report): void {
  oneOf("plugin.certificates", plugin.certificates, Object.values(PluginCertificates), report);
  oneOf("plugin.logLevel", plugin.logLevel, logLevels, report);
  checkResources("plugin.resources", plugin.resources, pluginResources, report);
}

function checkMonitoring(args: CnpgOperatorArgs, report: Report): void {
  const { podMonitor, labels, interval } = args.monitoring ?? {};
  if (interval !== undefined && !/^(\d+(ms|[smhdwy]))+$/.test(interval)) {
    report("monitoring.interval", interval, "is no duration of Prometheus.", 'Write for example "30s".');
  }
  if (!podMonitor && (labels !== undefined || interval !== undefined)) {
    report(
      "monitoring.podMonitor",
      podMonitor,
      "is off, so its labels and interval would do nothing.",
      "Set it to true.",
    );
  }
}

function checkOverrides(overrides: Record<string, unknown> | undefined, report: Report): void {
  for (const [key, value] of Object.entries(overrides ?? {})) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      report(`overrides["${key}"]`, value, "is no object.", "Give the fields to merge.");
    }
  }
}

function wholeNumber(argument: string, value: number | undefined, least: number, report: Report): void {
  if (value !== undefined && !(Number.isInteger(value) && value >= least)) {
    report(argument, value, "is out of range.", `Use a whole number of at least ${least}.`);
  }
}

function oneOf(
  argument: string,
  value: string | undefined,
  choices: readonly string[],
  report: Report,
): void {
  if (value === undefined || choices.includes(value)) return;
  const choice = nearest(value, choices);
  report(
    argument,
    value,
    `is not one of ${choices.join(", ")}.`,
    choice === undefined ? `Use "${choices[0]}".` : `Do you mean "${choice}"?`,
  );
}

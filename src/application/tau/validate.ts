import type { ArgumentProblem } from "../../argument-error";
import { isLabel, isNamespace, notNamespace } from "../../instance/checks/names";
import { refuse, type Report, reporter } from "../../report";
import { Access } from "../access";
import { databaseProblems } from "../database/validate";
import { linkProblems } from "../link/validate";
import { maxApplicationLength } from "../names";
import type {
  ApplicationDatabaseArgs,
  ApplicationVolumeArgs,
  HttpProbeArgs,
  TauApplicationArgs,
} from "./args";
import { databaseArgsOf, declaredDatabases, hasOwnLink, linkArgsOf } from "./databases";

const component = "TauApplication";

/** Everything that is wrong with the arguments, as far as they alone can tell. Pure. */
export function applicationProblems(name: string, args: TauApplicationArgs): ArgumentProblem[] {
  const { problems, report } = reporter(component, name);
  if (!isLabel(name) || name.length > maxApplicationLength)
    report(
      "name",
      name,
      `is not a DNS label of at most ${maxApplicationLength} characters.`,
      "Use lower case letters, digits and hyphens, starting with a letter.",
    );
  if (args.namespace !== undefined && !isNamespace(args.namespace))
    report("namespace", args.namespace, ...notNamespace);
  checkPods(args, report);
  checkPorts(args, report);
  for (const [index, volume] of (args.volumes ?? []).entries())
    checkVolume(`volumes[${index}]`, volume, args, report);
  for (const entry of Object.keys(args.databases ?? {}))
    if (!isLabel(entry))
      report(`databases.${entry}`, entry, "is not a DNS label.", 'Use for example "reports".');
  for (const { path, options, prefix } of declaredDatabases(args))
    problems.push(...databaseOptionProblems(name, args, path, options, prefix));
  return problems;
}

/** @throws ArgumentError when anything is wrong with the arguments. */
export function validateApplication(name: string, args: TauApplicationArgs): void {
  refuse(applicationProblems(name, args));
}

function checkPods({ image, replicas, ...args }: TauApplicationArgs, report: Report): void {
  if (replicas !== undefined && !(Number.isInteger(replicas) && replicas >= 0))
    report("replicas", replicas, "is not a number of pods.", "Give a whole number from 0 on.");
  for (const name of Object.keys(args.env ?? {}))
    if (!/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(name))
      report(
        `env.${name}`,
        undefined,
        "is not a name of an environment variable.",
        "Use letters, digits and underscores.",
      );
  if (image === "")
    report("image", image, "is empty.", "Leave it out for an application without a Deployment.");
  if (image !== undefined) return;
  for (const argument of ["command", "arguments", "probes", "replicas", "resources", "volumes"] as const)
    if ({ ...args, replicas }[argument] !== undefined)
      report(argument, undefined, "is for the Deployment, which is made with image only.", "Set image.");
}

function checkPorts({ ports = [], ingress, probes = {} }: TauApplicationArgs, report: Report): void {
  for (const [index, { port, servicePort }] of ports.entries())
    for (const [member, value] of Object.entries({ port, servicePort }))
      if (value !== undefined && !(Number.isInteger(value) && value >= 1 && value <= 65_535))
        report(`ports[${index}].${member}`, value, "is not a port.", "Ports are 1 to 65535.");
  if (ports.length > 0) return;
  if (ingress !== undefined) report("ingress", undefined, "has no port to lead to.", "Set ports.");
  for (const [kind, probe] of Object.entries(probes) as [string, HttpProbeArgs | undefined][])
    if (probe !== undefined && probe.port === undefined)
      report(`probes.${kind}.port`, undefined, "is not given, and there are no ports.", "Set ports.");
}

function checkVolume(
  path: string,
  volume: ApplicationVolumeArgs,
  { replicas = 1 }: TauApplicationArgs,
  report: Report,
): void {
  const { name, mountPath, size, storageClass } = volume;
  if (!isLabel(name)) report(`${path}.name`, name, "is not a DNS label.");
  if (!mountPath.startsWith("/")) report(`${path}.mountPath`, mountPath, "is not an absolute path.");
  const sources = (["size", "claim", "configMap", "secret", "emptyDir"] as const).filter(
    source => volume[source] !== undefined && volume[source] !== false,
  );
  if (sources.length !== 1)
    report(
      path,
      sources,
      "has not exactly one of size, claim, configMap, secret and emptyDir.",
      "Name the one thing that it holds.",
    );
  if (storageClass !== undefined && size === undefined)
    report(`${path}.storageClass`, storageClass, "is for a new claim.", "Set size too.");
  if (size !== undefined && replicas > 1)
    report(
      `${path}.size`,
      size,
      `makes a volume that one node mounts, and there are ${replicas} replicas.`,
      "Use one replica, or a claim of a class that several nodes mount: claim.",
    );
}

/** Members of the options that a database which is declared elsewhere has decided already. */
const ofDatabase = [
  "name",
  "extensions",
  "schemas",
  "storageSize",
  "instance",
  "ofInstance",
  "backup",
  "instanceArgs",
  "migrations",
  "deletion",
] as const;

function databaseOptionProblems(
  name: string,
  args: TauApplicationArgs,
  path: string,
  options: ApplicationDatabaseArgs,
  prefix: string,
): ArgumentProblem[] {
  const { problems, report } = reporter(component, name);
  if (options.existing !== undefined)
    for (const member of ofDatabase)
      if (options[member] !== undefined)
        report(
          `${path}.${member}`,
          undefined,
          "belongs to the database that existing names.",
          "Set it there.",
        );
  if (options.backup !== undefined && options.instance !== undefined)
    report(`${path}.backup`, undefined, "is for an instance of its own.", "Set it on the PostgresInstance.");
  if (
    options.password !== undefined &&
    options.access !== undefined &&
    options.access !== Access.Owner &&
    options.existing === undefined
  )
    report(
      `${path}.password`,
      undefined,
      "is the owner's, and the application is not the owner.",
      "Leave it out.",
    );
  if (problems.length > 0) return problems;
  const inner = [
    ...(options.existing === undefined ? databaseProblems(name, databaseArgsOf(name, args, options)) : []),
    ...(hasOwnLink(options) ? linkProblems(name, linkArgsOf(name, args, options, prefix)) : []),
  ];
  return inner.map(problem => ({
    ...problem,
    component,
    resource: name,
    argument: `${path}.${problem.argument}`,
  }));
}

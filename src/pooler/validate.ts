import { instanceCount } from "../availability/resolve";
import { isImageReference, pinnedImages } from "../cnpg/images";
import { PoolMode } from "../cnpg/pooler";
import { type PostgresInstanceArgs, Spread } from "../instance/args";
import { readableShape } from "../instance/checks/parameters";
import { serverParameters } from "../instance/parameters";
import { activeGeneration, generationArgs } from "../instance/resolve";
import { nearest } from "../nearest";
import { compareQuantities, isPositiveQuantity } from "../quantity";
import { checkChoice, type Report } from "../report";
import type { PoolerArgs } from "./args";
import { poolerInstances, poolerResources } from "./resolve";
import { ownArguments, settings, wrongForm } from "./settings";
import { askedFor, budgetText, connectionBudget, largestPool } from "./size";

/** What is wrong with the pooler of an instance. */
export function checkPooler(args: PostgresInstanceArgs, report: Report): void {
  const { pooler } = args;
  if (pooler === undefined) return;
  checkChoice("pooler.mode", pooler.mode, PoolMode, report);
  checkChoice("pooler.scheduling.zoneSpread", pooler.scheduling?.zoneSpread, Spread, report);
  checkChoice("pooler.scheduling.hostSpread", pooler.scheduling?.hostSpread, Spread, report);
  checkImage(pooler, report);
  checkResources(pooler, report);
  for (const [name, value] of Object.entries(pooler.parameters ?? {})) {
    checkSetting(name, value, args.requireTls ?? true, report);
  }
  if (pooler.readOnly === true && instanceCount(args) === 1) {
    report("pooler.readOnly", true, "needs a standby.", "Set instances to 2 or more.");
  }
  const counts = [
    checkCount("instances", pooler.instances, 1, 100, "Without pooler there is none.", report),
    checkCount("maxClientConnections", pooler.maxClientConnections, 1, 100_000, undefined, report),
    checkCount("poolSize", pooler.poolSize, 1, 100_000, undefined, report),
  ];
  if (counts.every(right => right)) checkPoolSize(args, pooler, report);
}

function checkCount(
  name: "instances" | "maxClientConnections" | "poolSize",
  value: number | undefined,
  least: number,
  most: number,
  remedy: string | undefined,
  report: Report,
): boolean {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return true;
  report(`pooler.${name}`, value, `is not a whole number from ${least} to ${most}.`, remedy);
  return false;
}

/** Every pod may fill its pool: together they must leave the server connections for others. */
function checkPoolSize(args: PostgresInstanceArgs, pooler: PoolerArgs, report: Report): void {
  const own = generationArgs(args)[activeGeneration(args) ?? ""];
  const shape = own && readableShape(args, own);
  if (shape === undefined) return;
  const budget = connectionBudget(shape.major, serverParameters(args, shape).parameters);
  const instances = poolerInstances(pooler, instanceCount(args));
  const largest = largestPool(budget, instances);
  const size = pooler.poolSize ?? largest;
  if (size >= 1 && size <= largest) return;
  const what =
    pooler.poolSize === undefined
      ? "leaves no connection for each pod"
      : `would need ${askedFor(size, instances)} connections`;
  const remedies = [
    ...(pooler.poolSize === undefined || largest < 1 ? [] : [`set it to at most ${largest}`]),
    ...(instances > 1 ? ["lower pooler.instances"] : []),
    "raise max_connections",
  ].join(", or ");
  report(
    "pooler.poolSize",
    pooler.poolSize,
    `${what}: ${budgetText(budget, instances)}.`,
    `${remedies[0]?.toUpperCase()}${remedies.slice(1)}.`,
  );
}

const weakerThanRequired = ["disable", "allow", "prefer"];
const unverified = [...weakerThanRequired, "require"];

function checkSetting(name: string, value: unknown, requireTls: boolean, report: Report): void {
  const path = `pooler.parameters.${name}`;
  if (Object.hasOwn(ownArguments, name)) {
    report(path, value, "has an argument of its own.", `Set pooler.${ownArguments[name]}.`);
  } else if (!Object.hasOwn(settings, name)) {
    const near = nearest(name, Object.keys(settings));
    report(
      path,
      value,
      "is not a PgBouncer setting that CloudNativePG allows.",
      near === undefined
        ? "CloudNativePG's page on connection pooling lists those it allows."
        : `Nearest is "${near}".`,
    );
  } else if (typeof value !== "string") {
    report(path, value, "is not a string.", `Write "${String(value)}" in quotes.`);
  } else if (name === "auth_type") {
    report(
      path,
      value,
      "decides who gets in.",
      "Leave it out: clients log in with their password, over SCRAM.",
    );
  } else if (wrongForm(name, value) !== undefined) {
    report(path, value, `is not ${wrongForm(name, value)}.`);
  } else if (name === "client_tls_sslmode" && requireTls && weakerThanRequired.includes(value)) {
    report(path, value, "lets clients in without TLS.", "Leave it out, or set requireTls: false.");
  } else if (name === "server_tls_sslmode" && unverified.includes(value)) {
    report(path, value, "would not verify the server.", "Leave it out: the default is verify-ca.");
  }
}

function checkImage({ image }: PoolerArgs, report: Report): void {
  if (image === undefined || (isImageReference(image) && /[:@]/.test(image.slice(image.lastIndexOf("/")))))
    return;
  report(
    "pooler.image",
    image,
    "is not the name of an image with a tag.",
    `Write for example "${pinnedImages.pooler}".`,
  );
}

function checkResources({ resources }: PoolerArgs, report: Report): void {
  const all = poolerResources(resources);
  for (const kind of ["cpu", "memory"] as const) {
    const wrong = (["limits", "requests"] as const).filter(part => {
      const value = all[part][kind];
      return value !== undefined && !isPositiveQuantity(value);
    });
    for (const part of wrong) {
      const example = kind === "cpu" ? "100m" : "64Mi";
      const path = `pooler.resources.${part}.${kind}`;
      report(
        path,
        all[part][kind],
        "is not a quantity greater than zero.",
        `Write for example "${example}".`,
      );
    }
    const [limit, request] = [all.limits[kind], all.requests[kind]];
    if (wrong.length > 0 || limit === undefined || request === undefined) continue;
    if (compareQuantities(request, limit) > 0) {
      const path = `pooler.resources.limits.${kind}`;
      report(path, limit, `is below the request of ${request}.`, "Raise the limit or lower the request.");
    }
  }
}

import type { Report } from "../../report";
import { type Cidr, contains, nearestCidr, overlap, parseCidr } from "../cidr";
import type { AksPlatformArgs } from "./args";
import { networkDefaults, resolvePlatform } from "./resolve";

/** Source: "API server authorized IP ranges in AKS", Microsoft Learn, 2025. */
const maxRanges = 200;

/** Who reaches the API server is never left open. */
export function checkApiServer({ apiServer = {} }: AksPlatformArgs, report: Report): void {
  const { authorizedRanges = [], private: hidden = false, privateDnsZone } = apiServer;
  if (!hidden && authorizedRanges.length === 0)
    report(
      "apiServer.authorizedRanges",
      undefined,
      "is missing: every address could try to log in at the API server.",
      "Name the networks that deploy and operate, or set private: true.",
    );
  if (hidden && authorizedRanges.length > 0)
    report(
      "apiServer.authorizedRanges",
      undefined,
      "is given for a private API server.",
      "Leave one of the two out.",
    );
  if (!hidden && privateDnsZone !== undefined)
    report(
      "apiServer.privateDnsZone",
      privateDnsZone,
      "is given for a public API server.",
      "Set private: true.",
    );
  if (authorizedRanges.length > maxRanges)
    report(
      "apiServer.authorizedRanges",
      undefined,
      `has ${authorizedRanges.length} ranges.`,
      `AKS takes ${maxRanges}: put neighbours together.`,
    );
  for (const [index, range] of authorizedRanges.entries())
    checkSource(`apiServer.authorizedRanges[${index}]`, range, report);
}

/** A range that clients come from: IPv4, and not every address. */
export function checkSource(argument: string, range: string, report: Report): void {
  if (range.endsWith("/0"))
    report(argument, range, "contains every address.", "Name the networks your clients are in.");
  else readRange(argument, range, report);
}

function readRange(argument: string, text: string, report: Report): Cidr | undefined {
  const range = parseCidr(text);
  if (range !== undefined) return range;
  const near = nearestCidr(text);
  report(
    argument,
    text,
    "is not a range of IPv4 addresses that begins with its first.",
    near === undefined ? 'Write it in CIDR form, for example "203.0.113.0/24".' : `Nearest is "${near}".`,
  );
  return undefined;
}

/** Ranges AKS keeps for itself. Source: "Configure Azure CNI Overlay networking in AKS" and "Configure Azure CNI networking in AKS", 2025. */
const reserved = ["169.254.0.0/16", "172.30.0.0/16", "172.31.0.0/16", "192.0.2.0/24"];

const subnets = ["nodeSubnet", "endpointSubnet", "loadBalancerSubnet"] as const;

export function checkNetwork(args: AksPlatformArgs, report: Report): void {
  const platform = resolvePlatform("", args);
  const ranges = new Map<string, Cidr>();
  for (const name of Object.keys(networkDefaults) as (keyof typeof networkDefaults)[]) {
    const range = readRange(`network.${name}`, platform.network[name], report);
    if (range !== undefined) ranges.set(name, range);
  }
  checkInside(ranges, report);
  checkApart(ranges, report);
  checkReserved(ranges, report);
  checkRoom(args, ranges, report);
}

function checkInside(ranges: ReadonlyMap<string, Cidr>, report: Report): void {
  const space = ranges.get("addressSpace");
  for (const name of subnets) {
    const subnet = ranges.get(name);
    if (space === undefined || subnet === undefined || contains(space, subnet)) continue;
    report(`network.${name}`, undefined, "is not inside addressSpace.", "Take a part of addressSpace.");
  }
}

/** Pods are an overlay, but a pod that talks to an address of its own range never leaves the overlay. */
function checkApart(ranges: ReadonlyMap<string, Cidr>, report: Report): void {
  const apart = [...subnets, "serviceRange", "podRange"];
  for (const [index, name] of apart.entries())
    for (const other of apart.slice(index + 1)) {
      const [a, b] = [ranges.get(name), ranges.get(other)];
      if (a === undefined || b === undefined || !overlap(a, b)) continue;
      report(`network.${other}`, undefined, `overlaps ${name}.`, "Give each a range of its own.");
    }
  const space = ranges.get("addressSpace");
  for (const name of ["serviceRange", "podRange"]) {
    const range = ranges.get(name);
    if (space === undefined || range === undefined || !overlap(space, range)) continue;
    report(`network.${name}`, undefined, "overlaps addressSpace.", "Take a range outside of it.");
  }
}

function checkReserved(ranges: ReadonlyMap<string, Cidr>, report: Report): void {
  for (const [name, range] of ranges) {
    const taken = reserved.find(text => overlap(parseCidr(text) as Cidr, range));
    if (taken === undefined) continue;
    report(
      `network.${name}`,
      undefined,
      `overlaps ${taken}, which AKS keeps.`,
      'Take another, for example in "10.0.0.0/8".',
    );
  }
}

/** Azure keeps five addresses of a subnet; a node takes one, and 256 of the overlay. */
function checkRoom(args: AksPlatformArgs, ranges: ReadonlyMap<string, Cidr>, report: Report): void {
  const { systemPool, postgresPools } = resolvePlatform("", args);
  const nodes = [systemPool, ...postgresPools].reduce((sum, pool) => sum + pool.maxCount + pool.maxSurge, 0);
  const pods = ranges.get("podRange");
  if (pods !== undefined && 2 ** (24 - pods.prefix) < nodes)
    report(
      "network.podRange",
      undefined,
      `has room for ${Math.floor(2 ** (24 - pods.prefix))} nodes; the pools may have ${nodes} while they are upgraded.`,
      `Make it /${24 - Math.ceil(Math.log2(nodes))} or larger: each node takes 256 addresses.`,
    );
  const subnet = ranges.get("nodeSubnet");
  if (subnet !== undefined && 2 ** (32 - subnet.prefix) - 5 < nodes)
    report(
      "network.nodeSubnet",
      undefined,
      `has fewer than ${nodes} free addresses, which the pools may take while they are upgraded.`,
      `Make it /${32 - Math.ceil(Math.log2(nodes + 5))} or larger.`,
    );
  const services = ranges.get("serviceRange");
  if (services !== undefined && (services.prefix <= 12 || services.prefix > 28))
    report(
      "network.serviceRange",
      undefined,
      "is not smaller than /12, or has no tenth address.",
      "Nearest is a /16.",
    );
}

import type { ArgumentProblem } from "../../argument-error";
import { azureCloudOf } from "../../azure-cloud";
import { Exposure, type ExposureArgs } from "../../instance/args";
import { refuse, type Report, reporter } from "../../report";
import { parseCidr } from "../cidr";
import { checkSource } from "../platform/check-network";
import { networkDefaults } from "../platform/resolve";
import { checkRegion } from "../regions";
import { checkCount, guidProblem } from "../report";
import type { AzureExposureArgs, PrivateLinkArgs } from "./args";

/**
 * What an instance takes as `exposure`, for a load balancer of Azure.
 *
 * @example
 * new PostgresInstance("orders", { exposure: azureExposure({ location: "westeurope", public: true, dnsLabel: "shop-orders", sourceRanges: ["203.0.113.0/24"] }) });
 * @throws ArgumentError naming each wrong argument
 */
export function azureExposure(args: AzureExposureArgs): ExposureArgs {
  refuse(exposureProblems(args));
  const ranges = [...(args.sourceRanges ?? []), ...linkRanges(args)];
  const open = args.public === true;
  return {
    type: Exposure.LoadBalancer,
    ...(open ? {} : { internal: true }),
    ...(ranges.length > 0 ? { sourceRanges: ranges } : {}),
    ...(args.dnsLabel === undefined ? {} : { dnsLabel: args.dnsLabel, region: args.location }),
    annotations: annotationsOf(args),
  };
}

/** The name of a public address with a DNS label. */
export function publicDnsName(label: string, location: string): string {
  return `${label}.${location}.${azureCloudOf(location).publicAddressDomain}`;
}

/** Connections of a private link come from its own subnet; without source ranges everybody in the network may connect anyway. */
function linkRanges({ privateLink, sourceRanges }: AzureExposureArgs): string[] {
  if (privateLink === undefined || sourceRanges === undefined || sourceRanges.length === 0) return [];
  return [privateLink.subnetRange ?? networkDefaults.loadBalancerSubnet];
}

const prefix = "service.beta.kubernetes.io/azure-";

function annotationsOf(args: AzureExposureArgs): Record<string, string> {
  const { subnet, address, idleTimeoutMinutes = 30, privateLink } = args;
  return {
    [`${prefix}load-balancer-tcp-idle-timeout`]: String(idleTimeoutMinutes),
    ...(subnet === undefined ? {} : { [`${prefix}load-balancer-internal-subnet`]: subnet }),
    ...(address === undefined ? {} : { [`${prefix}load-balancer-ipv4`]: address }),
    ...(privateLink === undefined ? {} : linkAnnotations(privateLink)),
  };
}

function linkAnnotations({ name, subnet, addresses, subscriptions, approved = [] }: PrivateLinkArgs) {
  return {
    [`${prefix}pls-create`]: "true",
    [`${prefix}pls-name`]: name,
    [`${prefix}pls-ip-configuration-subnet`]: subnet ?? "load-balancers",
    [`${prefix}pls-ip-configuration-ip-address-count`]: String(addresses ?? 1),
    // PostgreSQL would take the line of the PROXY protocol for a broken client.
    [`${prefix}pls-proxy-protocol`]: "false",
    [`${prefix}pls-visibility`]: subscriptions.join(" "),
    ...(approved.length === 0 ? {} : { [`${prefix}pls-auto-approval`]: approved.join(" ") }),
  };
}

/** Everything that is wrong with the arguments. */
export function exposureProblems(args: AzureExposureArgs): ArgumentProblem[] {
  const { problems, report } = reporter("azureExposure", args.location);
  checkRegion("location", args.location, true, report);
  checkRanges(args, report);
  checkAddress(args, report);
  // Source: "Use a public standard load balancer in AKS", Microsoft Learn, 2025.
  checkCount("idleTimeoutMinutes", args.idleTimeoutMinutes, [4, 100], "in minutes", report);
  if (args.privateLink !== undefined) checkLink(args, args.privateLink, report);
  return problems;
}

function checkRanges({ sourceRanges = [], public: open }: AzureExposureArgs, report: Report): void {
  for (const [index, range] of sourceRanges.entries()) checkSource(`sourceRanges[${index}]`, range, report);
  if (open === true && sourceRanges.length === 0)
    report(
      "sourceRanges",
      undefined,
      "is missing: a public address would let everybody try to log in.",
      "Name the networks your clients are in, or leave public out.",
    );
}

function checkAddress({ dnsLabel, public: open, subnet, address }: AzureExposureArgs, report: Report): void {
  if (dnsLabel !== undefined && open !== true)
    report(
      "dnsLabel",
      dnsLabel,
      "is for a public address only.",
      "Set public: true, or use a private DNS zone.",
    );
  if (dnsLabel !== undefined && !isLabel(dnsLabel)) {
    const near = dnsLabel
      .toLowerCase()
      .replaceAll(/[^a-z0-9-]+/g, "-")
      .replace(/^[^a-z]+/, "")
      .slice(0, 63)
      .replace(/-+$/, "");
    report(
      "dnsLabel",
      dnsLabel,
      "is not a DNS label of Azure.",
      `Use 3 to 63 lower case letters, digits and hyphens, beginning with a letter${isLabel(near) ? `; nearest is "${near}"` : ""}.`,
    );
  }
  if (open === true && subnet !== undefined)
    report("subnet", subnet, "is for an internal address only.", "Leave it out.");
  if (address !== undefined && parseCidr(`${address}/32`) === undefined)
    report("address", address, "is not an IPv4 address.", 'Write for example "10.224.17.10".');
}

function isLabel(text: string): boolean {
  return /^[a-z][a-z0-9-]{1,61}[a-z0-9]$/.test(text);
}

/** Source: "Azure Private Link Service Integration", documentation of the Azure cloud provider for Kubernetes, 2025. */
function checkLink({ public: open }: AzureExposureArgs, link: PrivateLinkArgs, report: Report): void {
  if (open === true) report("privateLink", undefined, "needs an internal address.", "Leave public out.");
  if (!/^[A-Za-z0-9][\w.-]{0,78}\w$/.test(link.name))
    report(
      "privateLink.name",
      link.name,
      "is not the name of a private link service.",
      "Use 2 to 80 letters, digits, hyphens, periods and underscores.",
    );
  checkCount("privateLink.addresses", link.addresses, [1, 8], "of one service", report);
  if (link.subnetRange !== undefined) checkSource("privateLink.subnetRange", link.subnetRange, report);
  if (link.subscriptions.length === 0)
    report(
      "privateLink.subscriptions",
      undefined,
      "is empty: nobody could ask for a connection.",
      "Name the subscriptions of your clients.",
    );
  for (const [index, id] of link.subscriptions.entries()) {
    const found = guidProblem(id);
    if (found !== undefined) report(`privateLink.subscriptions[${index}]`, id, ...found);
  }
  for (const id of link.approved ?? [])
    if (!link.subscriptions.includes(id))
      report("privateLink.approved", id, "is not among subscriptions.", "Name it there, too.");
}

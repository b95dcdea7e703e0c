import { checkChoice, type Report } from "../../report";
import { Exposure, type PostgresInstanceArgs } from "../args";
import { isNamespace, notNamespace } from "./names";

/** Namespaces and labels of those who may connect. */
export function checkClients(args: PostgresInstanceArgs, report: Report): void {
  for (const [index, client] of (args.allowedClients ?? []).entries()) {
    if (client.namespace !== undefined && !isNamespace(client.namespace)) {
      report(`allowedClients[${index}].namespace`, client.namespace, ...notNamespace);
    }
  }
  if (args.operatorNamespace !== undefined && !isNamespace(args.operatorNamespace)) {
    report("operatorNamespace", args.operatorNamespace, ...notNamespace);
  }
}

export function checkExposure(args: PostgresInstanceArgs, report: Report): void {
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

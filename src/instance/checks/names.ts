import type { Report } from "../../report";
import type { PostgresInstanceArgs } from "../args";
import { maxNameLength, reservedEndings } from "../names";

const dns1035 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const dns1123 = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/** What is wrong with a namespace that is none, and what to do. */
export const notNamespace: [problem: string, remedy: string] = [
  "is not a DNS-1123 label.",
  "Use at most 63 lower case letters, digits and hyphens.",
];

export function isNamespace(text: string): boolean {
  return dns1123.test(text) && text.length <= 63;
}

/** Whether a text is a label that may begin a DNS name: lower case letters, digits and hyphens, beginning with a letter. */
export function isLabel(text: string): boolean {
  return dns1035.test(text);
}

/** Whether most kinds of objects can have it for a name. */
export function isObjectName(text: string): boolean {
  return text.length <= 253 && /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(text);
}

export function checkNames(resource: string, args: PostgresInstanceArgs, report: Report): void {
  const name = args.name ?? resource;
  if (!isLabel(name)) {
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
  if (!isNamespace(namespace)) report("namespace", namespace, ...notNamespace);
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

import type { Report } from "../../../report";
import type { BackupStoreArgs, SecretKeyArgs } from "../args";
import { pathProblem } from "../destination";

/** The kinds of places, of which a store has exactly one. */
export const providers = ["azure", "s3", "google"] as const;

export function checkProvider(args: BackupStoreArgs, foreign: boolean, report: Report): void {
  const given = providers.filter(provider => args[provider] !== undefined);
  if (given.length > 1)
    report(
      given[1] as string,
      undefined,
      `is given besides ${given[0]}.`,
      "A store is in one place: make two stores.",
    );
  if (given.length === 0 && !foreign)
    report("azure", undefined, "is missing, and so are s3 and google.", "Give exactly one of them.");
}

/** Either the parts of the address or the whole. */
export function checkPlace(args: BackupStoreArgs, report: Report): void {
  for (const provider of providers) {
    const place = args[provider] as Record<string, unknown> | undefined;
    if (place === undefined) continue;
    const parts = provider === "azure" ? ["account", "container"] : ["bucket"];
    const given = [...parts, "path"].filter(part => place[part] !== undefined);
    const missing = parts.filter(part => place[part] === undefined);
    if (place.destination !== undefined && given.length > 0)
      report(
        `${provider}.destination`,
        undefined,
        `is given besides ${given.join(" and ")}.`,
        "Give the full address or its parts.",
      );
    if (place.destination === undefined)
      for (const part of missing)
        report(
          `${provider}.${part}`,
          undefined,
          "is missing.",
          "Give it, or the full address as destination.",
        );
    const found = place.path === undefined ? undefined : pathProblem(String(place.path));
    if (found !== undefined) report(`${provider}.path`, place.path, ...found);
  }
}

const choices: Record<(typeof providers)[number], string[]> = {
  azure: [
    ...[
      "connectionString",
      "connectionStringFrom",
      "accountKey",
      "accountKeyFrom",
      "sasToken",
      "sasTokenFrom",
    ],
    ...["managedIdentity", "workloadIdentity"],
  ],
  s3: ["accessKey", "accessKeyFrom", "iamRole"],
  google: ["serviceAccountKey", "serviceAccountKeyFrom", "workloadIdentity"],
};

/** Members that cannot be left out where their parent is given. */
const required: Record<string, string[]> = {
  accessKey: ["id", "secret"],
  accessKeyFrom: ["secret"],
};

export function checkCredentials(args: BackupStoreArgs, report: Report): void {
  for (const provider of providers) {
    if (args[provider] === undefined) continue;
    const at = `${provider}.credentials`;
    const given = (args[provider]?.credentials ?? {}) as Record<string, unknown>;
    const names = Object.keys(given).filter(name => given[name] !== undefined);
    const allowed = choices[provider];
    const unknown = names.filter(name => !allowed.includes(name));
    for (const name of unknown)
      report(`${at}.${name}`, undefined, "is no kind of credentials.", `These are: ${allowed.join(", ")}.`);
    if (names.length > 1 && unknown.length === 0)
      report(at, undefined, `has ${names.join(" and ")}.`, "Give exactly one.");
    if (names.length === 0) report(at, undefined, "is empty.", `Give exactly one of ${allowed.join(", ")}.`);
    for (const name of names) checkParts(`${at}.${name}`, name, given[name], report);
  }
  if (args.endpointCA !== undefined) checkSecretKey("endpointCA", args.endpointCA, report);
  if (args.endpointCA !== undefined && args.google !== undefined)
    report("endpointCA", undefined, "has no effect with Google.", "Leave it out.");
}

function checkParts(at: string, name: string, value: unknown, report: Report): void {
  const parts = value as Record<string, unknown>;
  for (const part of required[name] ?? [])
    if (parts[part] === undefined || parts[part] === "")
      report(`${at}.${part}`, undefined, "is missing.", "A key has two parts, which are given together.");
  if (name === "workloadIdentity" && at.startsWith("azure") && parts.clientId === undefined)
    report(`${at}.clientId`, undefined, "is missing.", "Give the client id of the identity.");
  if (name.endsWith("From") && name !== "accessKeyFrom") checkSecretKey(at, parts, report);
}

function checkSecretKey(at: string, given: Partial<SecretKeyArgs>, report: Report): void {
  const { secret = "", key = "" } = given;
  if (!/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/.test(secret))
    report(`${at}.secret`, secret, "is no name of a Secret.", "Name a Secret of the namespace of the store.");
  if (!/^[-._a-zA-Z0-9]{1,253}$/.test(key))
    report(`${at}.key`, key, "is no key of a Secret.", "Name the key that holds the value.");
}

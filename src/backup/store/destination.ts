import type * as pulumi from "@pulumi/pulumi";
import type { BackupStoreArgs } from "./args";
import { mapped, mappedBoth } from "./input";

/** What is wrong with a value, and what to do. */
export type ValueProblem = [problem: string, remedy: string];

const azureDomain = ".blob.core.windows.net";

/** The account that Azurite and its predecessors have out of the box, with a key that everybody knows. */
export const knownAccount = "devstoreaccount1";

/** Why a file share is no store, and what to do with it. */
export const filesRefusal: ValueProblem = [
  "is a file share: Barman Cloud, with which CloudNativePG archives, writes to object stores only.",
  "Two ways lead to a share. Logical dumps to a volume (`dumps` of BackupSchedule with a `volume`) restore the moment of the dump. An S3-compatible endpoint in front of the share (MinIO, Versity Gateway, SeaweedFS), given as `s3` with `endpoint`, keeps restores to every moment.",
];

/** Where Barman writes, by the address it understands. The arguments must have passed validation. */
export function destinationOf({ azure, s3, google }: BackupStoreArgs): pulumi.Input<string> {
  if (azure !== undefined) {
    const { account = "", container = "", path, destination } = azure;
    return destination === undefined
      ? mappedBoth(account, container, (a, c) => below(`https://${a}${azureDomain}/${c}`, path))
      : mapped(destination, withoutEnd);
  }
  const { bucket = "", path, destination } = s3 ?? google ?? {};
  const scheme = s3 === undefined ? "gs" : "s3";
  return destination === undefined
    ? mapped(bucket, name => below(`${scheme}://${name}`, path))
    : mapped(destination, withoutEnd);
}

function below(place: string, path: string | undefined): string {
  return path === undefined ? place : `${place}/${path}`;
}

/** Barman puts a slash between the destination and what it adds. */
function withoutEnd(address: string): string {
  return address.replace(/\/+$/, "");
}

/** The storage account in an address, as far as it is one of Azure's or of an emulator. */
export function accountOf(destination: string): string {
  const url = urlOf(destination);
  if (url === undefined) return "";
  return url.hostname.endsWith(azureDomain)
    ? url.hostname.slice(0, -azureDomain.length)
    : (url.pathname.split("/")[1] ?? "");
}

/** True when Barman takes the address for an emulator's, which it enters with a connection string only. */
export function isEmulated(destination: string): boolean {
  return urlOf(destination)?.hostname.endsWith(azureDomain) !== true;
}

export function accountProblem(account: string): ValueProblem | undefined {
  if (/^[a-z0-9]{3,24}$/.test(account)) return undefined;
  return [
    "is no storage account.",
    "Write 3 to 24 lower case letters and digits; its address belongs into destination.",
  ];
}

export function containerProblem(container: string): ValueProblem | undefined {
  if (/^(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*$/.test(container)) return undefined;
  return [
    "is no container of Azure Blob Storage.",
    "Write 3 to 63 lower case letters, digits and single hyphens, with a letter or digit at both ends.",
  ];
}

export function azureDestinationProblem(destination: string): ValueProblem | undefined {
  const files = fileProblem(destination);
  if (files !== undefined) return files;
  const url = urlOf(destination);
  if (url === undefined || !/^https?:$/.test(url.protocol))
    return ["is no address of a blob container.", azureExample];
  const wrong = strayParts(url);
  if (wrong !== undefined) return wrong;
  const emulated = isEmulated(destination);
  const [first = "", second = ""] = withoutEnd(url.pathname).split("/").slice(1);
  const account = emulated ? first : accountOf(destination);
  // An emulator's account may have any name.
  if (account === "" || (!emulated && accountProblem(account) !== undefined))
    return ["names no storage account.", azureExample];
  if (containerProblem(emulated ? second : first) !== undefined) return ["names no container.", azureExample];
  return emptyPart(url.pathname) ? ["has an empty part in its path.", azureExample] : undefined;
}

const azureExample =
  'Write for example "https://account.blob.core.windows.net/container/path", or for an emulator "http://host:10000/account/container".';

/** Rules for names of buckets of Amazon; other stores have the same or fewer. */
export function s3BucketProblem(bucket: string): ValueProblem | undefined {
  if (bucket.startsWith("arn:")) return undefined;
  const good =
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket) &&
    !bucket.includes("..") &&
    !/^\d+(\.\d+){3}$/.test(bucket) &&
    !/^(xn--|sthree-|amzn-s3-demo-)/.test(bucket) &&
    !/(-s3alias|--ol-s3|--x-s3)$/.test(bucket);
  if (good) return undefined;
  return [
    "is no name of a bucket.",
    "Write 3 to 63 lower case letters, digits, hyphens and single dots, with a letter or digit at both ends, and no IP address.",
  ];
}

export function googleBucketProblem(bucket: string): ValueProblem | undefined {
  const good =
    /^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/.test(bucket) &&
    bucket.split(".").every(part => part.length >= 1 && part.length <= 63) &&
    !/^\d+(\.\d+){3}$/.test(bucket) &&
    !bucket.startsWith("goog");
  if (good) return undefined;
  return [
    "is no name of a bucket.",
    "Write 3 to 63 lower case letters, digits, hyphens, underscores and single dots, with a letter or digit at both ends.",
  ];
}

/** @param scheme `s3` or `gs` */
export function bucketDestinationProblem(
  destination: string,
  scheme: string,
  bucketProblem: (bucket: string) => ValueProblem | undefined,
): ValueProblem | undefined {
  const files = fileProblem(destination);
  if (files !== undefined) return files;
  const remedy = `Write for example "${scheme}://bucket/path".`;
  const match = /^(\w+):\/\/([^/]*)(\/.*)?$/.exec(destination);
  if (match?.[1] !== scheme) return [`is no address of the form ${scheme}://bucket/path.`, remedy];
  const [, , bucket = "", path = ""] = match;
  if (/[@?#]/.test(destination)) return ["has parts that belong into the credentials or nowhere.", remedy];
  if (bucketProblem(bucket) !== undefined) return ["names no bucket.", remedy];
  return emptyPart(path) ? ["has an empty part in its path.", remedy] : undefined;
}

export function endpointProblem(endpoint: string): ValueProblem | undefined {
  const remedy =
    'Write for example "https://minio.tools.svc:9000"; bucket and path have members of their own.';
  const url = urlOf(endpoint);
  if (url === undefined || !/^https?:$/.test(url.protocol)) return ["is no http or https address.", remedy];
  if (url.hostname.endsWith(azureDomain))
    return ["is Azure Blob Storage, which does not speak S3.", "Use `azure` in place of `s3`."];
  if (
    url.username !== "" ||
    url.password !== "" ||
    url.search !== "" ||
    url.hash !== "" ||
    url.pathname !== "/"
  )
    return ["has more than protocol, host and port.", remedy];
  return undefined;
}

export function pathProblem(path: string): ValueProblem | undefined {
  const parts = path.split("/");
  if (parts.every(part => /^[A-Za-z0-9._~@=+:-]+$/.test(part) && part !== "." && part !== ".."))
    return undefined;
  return [
    "is no path below the bucket or container.",
    'Write for example "production/shop": no slash at the ends, parts of letters, digits and ._~@=+:- between single slashes.',
  ];
}

/** True when WAL, backups and signatures of requests travel in the clear. */
export function isClear(address: string): boolean {
  return /^http:/i.test(address);
}

function fileProblem(destination: string): ValueProblem | undefined {
  return /^(file:|nfs:|smb:|cifs:|\/|\\\\|[\w.-]+:\/[^/])/i.test(destination) ? filesRefusal : undefined;
}

function strayParts(url: URL): ValueProblem | undefined {
  if (url.search === "" && url.hash === "" && url.username === "" && url.password === "") return undefined;
  return [
    "has a query, a fragment or a user.",
    "Leave it out; a shared access signature belongs into credentials.sasToken.",
  ];
}

function emptyPart(path: string): boolean {
  return withoutEnd(path).includes("//");
}

function urlOf(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

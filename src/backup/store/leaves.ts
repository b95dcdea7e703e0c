import * as pulumi from "@pulumi/pulumi";
import type { ArgumentProblem } from "../../argument-error";
import { merge } from "../../merge";
import { refuse } from "../../report";
import type { BackupStoreArgs } from "./args";
import {
  accountOf,
  accountProblem,
  azureDestinationProblem,
  bucketDestinationProblem,
  containerProblem,
  endpointProblem,
  googleBucketProblem,
  isEmulated,
  s3BucketProblem,
  type ValueProblem,
} from "./destination";
import { mapped } from "./input";
import {
  accessKeyPartProblem,
  accountKeyProblem,
  connectionStringProblem,
  sasTokenProblem,
  serviceAccountKeyProblem,
} from "./secret-values";

/** One value of the arguments that may be known only during the update. */
interface Leaf {
  argument: string;
  value: pulumi.Input<string> | undefined;
  /** Never shown. */
  secret: boolean;
  check: (text: string) => ValueProblem | undefined;
}

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function guidProblem(text: string): ValueProblem | undefined {
  if (guid.test(text)) return undefined;
  return ["is no id.", 'Write it as Azure shows it, "00000000-0000-0000-0000-000000000000".'];
}

function leavesOf(args: BackupStoreArgs): Leaf[] {
  return [...azureLeaves(args), ...s3Leaves(args), ...googleLeaves(args)];
}

function plain(argument: string, value: pulumi.Input<string> | undefined, check: Leaf["check"]): Leaf {
  return { argument, value, check, secret: false };
}

function hidden(argument: string, value: pulumi.Input<string> | undefined, check: Leaf["check"]): Leaf {
  return { argument, value, check, secret: true };
}

function azureLeaves({ azure }: BackupStoreArgs): Leaf[] {
  if (azure === undefined) return [];
  const { account, container, destination } = azure;
  // Callers without types may leave the credentials out; that is said elsewhere.
  const { connectionString, connectionStringFrom, accountKey, sasToken, managedIdentity, workloadIdentity } =
    (azure.credentials as AzureCredentialsOrNone) ?? {};
  const byString = connectionString !== undefined || connectionStringFrom !== undefined;
  const known = [account, destination].map(value => (typeof value === "string" ? value : undefined));
  const expected = known[0] ?? (known[1] === undefined ? undefined : accountOf(known[1]));
  const at = "azure.credentials";
  return [
    plain("azure.account", account, accountProblem),
    plain("azure.container", container, containerProblem),
    plain(
      "azure.destination",
      destination,
      text => azureDestinationProblem(text) ?? emulated(text, byString),
    ),
    hidden(`${at}.connectionString`, connectionString, text => connectionStringProblem(text, expected)),
    hidden(`${at}.accountKey`, accountKey, accountKeyProblem),
    hidden(`${at}.sasToken`, sasToken, sasTokenProblem),
    plain(`${at}.managedIdentity.clientId`, managedIdentity?.clientId, guidProblem),
    plain(`${at}.workloadIdentity.clientId`, workloadIdentity?.clientId, guidProblem),
    plain(`${at}.workloadIdentity.tenantId`, workloadIdentity?.tenantId, guidProblem),
  ];
}

type AzureCredentialsOrNone = Partial<NonNullable<BackupStoreArgs["azure"]>["credentials"]> | undefined;

function emulated(destination: string, byString: boolean): ValueProblem | undefined {
  if (byString || !isEmulated(destination)) return undefined;
  return [
    "is not below blob.core.windows.net: Barman enters such a place with a connection string only.",
    "Give credentials.connectionString with a BlobEndpoint.",
  ];
}

function s3Leaves({ s3 }: BackupStoreArgs): Leaf[] {
  if (s3 === undefined) return [];
  const { accessKey, iamRole } = (s3.credentials as Partial<typeof s3.credentials> | undefined) ?? {};
  const at = "s3.credentials";
  return [
    plain("s3.bucket", s3.bucket, s3BucketProblem),
    plain("s3.destination", s3.destination, text => bucketDestinationProblem(text, "s3", s3BucketProblem)),
    plain("s3.endpoint", s3.endpoint, endpointProblem),
    plain("s3.region", s3.region, regionProblem),
    hidden(`${at}.accessKey.id`, accessKey?.id, accessKeyPartProblem),
    hidden(`${at}.accessKey.secret`, accessKey?.secret, accessKeyPartProblem),
    hidden(`${at}.accessKey.sessionToken`, accessKey?.sessionToken, accessKeyPartProblem),
    plain(`${at}.iamRole.roleArn`, iamRole?.roleArn, roleProblem),
  ];
}

function regionProblem(region: string): ValueProblem | undefined {
  if (/^[a-z0-9-]+$/.test(region)) return undefined;
  return ["is no region.", 'Write its code, for example "eu-central-1".'];
}

function roleProblem(arn: string): ValueProblem | undefined {
  if (/^arn:[\w-]+:iam::\d{12}:role\/.+$/.test(arn)) return undefined;
  return ["is no ARN of a role.", 'Write for example "arn:aws:iam::123456789012:role/backups".'];
}

function googleLeaves({ google }: BackupStoreArgs): Leaf[] {
  if (google === undefined) return [];
  const { serviceAccountKey, workloadIdentity } =
    (google.credentials as Partial<typeof google.credentials> | undefined) ?? {};
  const at = "google.credentials";
  return [
    plain("google.bucket", google.bucket, googleBucketProblem),
    plain("google.destination", google.destination, text =>
      bucketDestinationProblem(text, "gs", googleBucketProblem),
    ),
    hidden(`${at}.serviceAccountKey`, serviceAccountKey, serviceAccountKeyProblem),
    plain(`${at}.workloadIdentity.serviceAccount`, workloadIdentity?.serviceAccount, emailProblem),
  ];
}

function emailProblem(text: string): ValueProblem | undefined {
  if (/^[^@\s]+@[^@\s]+\.gserviceaccount\.com$/.test(text)) return undefined;
  return [
    "is no Google service account.",
    'Write its address, for example "backups@project.iam.gserviceaccount.com".',
  ];
}

/** What is wrong with the values that are known already. */
export function leafProblems(resource: string, args: BackupStoreArgs): ArgumentProblem[] {
  return leavesOf(args).flatMap(leaf => {
    if (leaf.value === undefined || pulumi.Output.isInstance(leaf.value) || leaf.value instanceof Promise)
      return [];
    return problemOf(resource, leaf, leaf.value);
  });
}

function problemOf(resource: string, { argument, secret, check }: Leaf, text: string): ArgumentProblem[] {
  const found = typeof text === "string" ? check(text) : notText;
  if (found === undefined) return [];
  const [problem, remedy] = found;
  const value = secret ? {} : { value: text };
  return [{ component: "BackupStore", resource, argument, ...value, problem, remedy }];
}

const notText: ValueProblem = ["is no text.", "Put it into quotes."];

/** The arguments with every value that is not known yet checked as soon as it is; an update then ends with the same message. */
export function withChecks(resource: string, args: BackupStoreArgs): BackupStoreArgs {
  return leavesOf(args).reduce((checked, leaf) => {
    const { value, argument } = leaf;
    if (value === undefined || typeof value === "string") return checked;
    const later = mapped(value, text => {
      const problems = problemOf(resource, leaf, text);
      refuse(problems);
      return text;
    });
    return merge(checked, nested(argument.split("."), later));
  }, args);
}

/** `{ azure: { account: value } }` of `azure.account`. */
function nested(path: string[], value: unknown): unknown {
  return path.reduceRight((inner, name) => ({ [name]: inner }), value);
}

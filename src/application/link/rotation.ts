import type * as core from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";
import {
  cronJobManifest,
  type CronJobManifest,
  jobManifest,
  type JobManifest,
  unusedSchedule,
} from "../../jobs/job";
import { resolveSchedule } from "../../schedule/resolve";
import { Access } from "../access";
import { bindingDirectory } from "../access-secret";
import type { ApplicationChildren } from "../children";
import { SslMode } from "../credentials";
import { instanceJob, type JobContent, onceJob } from "../instance-job";
import { caFile, withAuthority } from "../login-environment";
import { besideApplication, besideInstance } from "../metadata";
import { rotationName } from "../rotation/names";
import { RotationMode, type RotateRequest, rotationDeadlineSeconds, WorkloadKind } from "../rotation/request";
import { rotationRights } from "../rotation/rights";
import type { DatabaseLinkArgs, RotationArgs } from "./args";
import { loginManifest } from "./render";
import type { ResolvedLink } from "./resolve";
import { makeSession } from "./session";

/** Seconds for making Secrets. */
const ensureSeconds = 300;

/** A link whose credentials change. */
export type RotatedLinkArgs = DatabaseLinkArgs & { rotation: RotationArgs };

/** What the operation is told. */
export function rotateRequest(link: ResolvedLink, args: RotatedLinkArgs, mode: RotationMode): RotateRequest {
  const { database, names, namespace, secret, host, logins, access } = link;
  const { instance } = database;
  const { workloads = [], gracePeriodSeconds = 30, timeoutSeconds = 600 } = args.rotation;
  const account = (name: string): RotateRequest["owner"] => ({
    apiVersion: "v1",
    kind: "ServiceAccount",
    name,
  });
  const login = (index: 0 | 1): RotateRequest["logins"][0] => {
    const letter = index === 0 ? "a" : "b";
    return {
      role: logins[index]?.role ?? "",
      secret: names.loginSecret(letter),
      databaseRole: names.roleObject(letter),
    };
  };
  return {
    mode,
    namespace: instance.namespace,
    owner: account(names.account),
    logins: [login(0), login(1)],
    host: instance.host,
    port: instance.port,
    database: database.database,
    caFile,
    application: {
      namespace,
      secret,
      owner: account(secret),
      labels: args.labels ?? {},
      directory: bindingDirectory(database.database),
      sslMode: args.sslMode ?? SslMode.VerifyFull,
      ...(host === instance.host ? {} : { host }),
    },
    workloads: workloads.map(({ kind = WorkloadKind.Deployment, name }) => ({ kind, name })),
    ...(access === Access.Owner ? { setRole: database.owner } : {}),
    gracePeriodSeconds,
    timeoutSeconds,
  };
}

function content(link: ResolvedLink, args: RotatedLinkArgs, mode: RotationMode): JobContent {
  const request = rotateRequest(link, args, mode);
  return {
    operation: "rotate",
    request,
    serviceAccountName: link.names.account,
    activeDeadlineSeconds: mode === RotationMode.Ensure ? ensureSeconds : rotationDeadlineSeconds(request),
    ...withAuthority(link.database.instance.caConfigMap),
  };
}

/** Makes the Secrets of a new link. It asks no server, so that the instance may sleep. */
export function ensureJob(link: ResolvedLink, args: RotatedLinkArgs): JobManifest {
  const { database, names } = link;
  return jobManifest(
    onceJob(database.instance, args, `${names.account}-ensure`, content(link, args, RotationMode.Ensure)),
  );
}

/** Rotates by the clock, and is the template of rotations on demand. */
export function rotateCronJob(link: ResolvedLink, args: RotatedLinkArgs): CronJobManifest {
  const { schedule, timeZone, suspend = false } = args.rotation;
  const { instance } = link.database;
  const name = rotationName(link.names.account);
  const resolved =
    schedule === undefined ? undefined : resolveSchedule(schedule, `${instance.namespace}/${name}`);
  return cronJobManifest(
    // A run that fails is told by its Job; the next one goes on where it was.
    instanceJob(instance, args, name, { ...content(link, args, RotationMode.Rotate), backoffLimit: 1 }),
    {
      schedule: resolved?.fiveFields ?? unusedSchedule,
      timeZone,
      suspend: resolved === undefined || suspend || instance.hibernated,
    },
  );
}

/**
 * The two logins of a link, whose passwords are made in the cluster and never known to Pulumi.
 * @param group the role that both inherit
 * @returns what the application has to wait for
 */
export function makeRotation(
  args: RotatedLinkArgs,
  children: ApplicationChildren,
  link: pulumi.Output<ResolvedLink>,
  account: core.ServiceAccount,
  group: pulumi.Resource,
): pulumi.Resource[] {
  const there = link.apply(({ namespace, secret }) => besideApplication(namespace, args, secret));
  const owner = children.account("credentials-owner", there);
  const rules = link.apply(of => rotationRights(rotateRequest(of, args, RotationMode.Rotate)));
  const here = link.apply(({ database, names }) => besideInstance(database.instance, args, names.account));
  const rights = [
    ...children.rights("rotation", here, rules.instance, account.metadata, [account]),
    ...children.rights(
      "rotation-application",
      applicationRole(args, link),
      rules.application,
      account.metadata,
      [account],
    ),
    ...children.readable(
      "login-secrets",
      link.apply(({ database }) => database.instance),
      link.apply(({ database, names }) => besideInstance(database.instance, args, `${names.account}-logins`)),
      link.apply(({ names }) => [names.loginSecret("a"), names.loginSecret("b")]),
      [account],
    ),
  ];
  const ensured = children.job(
    "ensure",
    link.apply(of => ensureJob(of, args)),
    ensureSeconds + 60,
    [account, owner, ...rights],
  );
  const logins = (["a", "b"] as const).map(letter =>
    children.owned(
      `login-${letter}`,
      "DatabaseRole",
      link.apply(of => loginManifest(of, args, letter)),
      account,
      [ensured, group],
    ),
  );
  const sessions = args.access === Access.Owner ? [makeSession(args, children, link, logins, "a")] : [];
  children.cronJob(
    "rotate",
    link.apply(of => rotateCronJob(of, args)),
    [...rights, ...logins],
  );
  return [ensured, ...logins, ...sessions];
}

/** In the namespace of the application, where another link may have the same name. */
function applicationRole(args: RotatedLinkArgs, link: pulumi.Output<ResolvedLink>): Metadata {
  return link.apply(({ database, namespace, names }) =>
    besideApplication(namespace, args, `${database.instance.namespace}-${names.account}`),
  );
}

type Metadata = pulumi.Output<ReturnType<typeof besideApplication>>;

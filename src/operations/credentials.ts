import { linkOfRotation, rotationName } from "../application/rotation/names";
import type { RotateRequest, RotateResult } from "../application/rotation/request";
import { appLabels, managedBy } from "../cnpg/metadata";
import type { Manifest } from "../cnpg/object";
import { present } from "../present";
import { kinds, type KubernetesApi } from "./kubernetes";
import { type JobContext, runJobFrom } from "./run-job";

/** Whose login is rotated now. */
export interface RotateNowRequest {
  /** Namespace of the instance. */
  namespace: string;
  /** Name of the link's objects. */
  link: string;
  /** Seconds until following it ends; the rotation itself goes on. @default 3600 */
  timeoutSeconds?: number;
}

/** Rotates the login of a link now, as its schedule would, and waits for the end. */
export function rotateNow(
  { namespace, link, timeoutSeconds }: RotateNowRequest,
  context: JobContext,
): Promise<RotateResult> {
  return runJobFrom(context, {
    namespace,
    cronJob: rotationName(link),
    request: {},
    ...present({ timeoutSeconds }),
  });
}

/** A link whose login can be rotated. */
export interface RotatedLink {
  link: string;
  database: string;
  /** The two logins that take turns. */
  logins: string[];
  /** The application's Secret, `namespace/name`. */
  secret: string;
  /** What is made anew, `Kind/name`. */
  workloads: string[];
  /** Five fields; absent when it is rotated on demand only. */
  schedule?: string;
  timeZone?: string;
  /** RFC 3339 time at which the last scheduled rotation ended well. */
  lastScheduled?: string;
}

interface CronJobObject extends Manifest {
  spec?: {
    schedule?: string;
    timeZone?: string;
    suspend?: boolean;
    jobTemplate?: { spec?: { template?: { spec?: { containers?: { command?: string[] }[] } } } };
  };
  status?: { lastSuccessfulTime?: string };
}

/** The links of a namespace whose logins can be rotated, by name. */
export async function rotatedLinks(namespace: string, api: KubernetesApi): Promise<RotatedLink[]> {
  const jobs = await api.list<CronJobObject>(kinds.cronJob, namespace, { [appLabels.managedBy]: managedBy });
  return jobs
    .map(linkOf)
    .filter(link => link !== undefined)
    .sort((a, b) => (a.link < b.link ? -1 : 1));
}

function linkOf({ metadata, spec, status }: CronJobObject): RotatedLink | undefined {
  const link = linkOfRotation(metadata.name ?? "");
  const command = spec?.jobTemplate?.spec?.template?.spec?.containers?.[0]?.command ?? [];
  const at = command.indexOf("--request");
  const text = command[at + 1];
  if (link === undefined || at < 1 || command[at - 1] !== "rotate" || text === undefined) return undefined;
  const { database, logins, application, workloads } = JSON.parse(text) as RotateRequest;
  return {
    ...{ link, database, logins: logins.map(({ role }) => role) },
    secret: `${application.namespace}/${application.secret}`,
    workloads: workloads.map(({ kind, name }) => `${kind}/${name}`),
    ...(spec?.suspend === true ? {} : present({ schedule: spec?.schedule, timeZone: spec?.timeZone })),
    ...present({ lastScheduled: status?.lastSuccessfulTime }),
  };
}

import type { EnvVar } from "../../cnpg/pod";
import type { EmbeddedMetadata } from "../../cnpg/object";
import type { InstanceObjectMetadata } from "../../cnpg/metadata";
import type { InstanceReference } from "../../instance/reference";
import { jobManifest, type JobManifest, jobName } from "../../jobs/job";
import type { JobsArgs } from "../../jobs/args";
import { present } from "../../present";
import { asOwner, caFolder } from "../login-environment";
import { besideInstance } from "../metadata";
import type { MigrationsArgs } from "./args";
import { migrationConfigMapData, migrationVersion } from "./files";

/** Folder with the files of SQL. */
const filesFolder = "/migrations";

/** Seconds to wait for the server, and for another Job that migrates. */
const patience = 300;

const defaultTimeout = 3600;

/** What migrations depend on. */
export interface MigratedDatabase {
  instance: InstanceReference;
  database: string;
  /** Secret with the owner's login. */
  login: string;
  /** Secret and key with the owner's URL. */
  url: { secret: string; key: string };
  /** ServiceAccount of the Job, and what names begin with. */
  account: string;
}

type Common = EmbeddedMetadata & { jobs?: JobsArgs };

/** Seconds within which the Job has ended. */
export function migrationSeconds({ timeoutSeconds = defaultTimeout }: MigrationsArgs): number {
  return timeoutSeconds;
}

/** The files; named for their content, so that a Job sees those it was made for. */
export function migrationFiles(
  { instance, account }: MigratedDatabase,
  common: Common,
  files: Record<string, string>,
): { metadata: InstanceObjectMetadata; data: Record<string, string> } {
  const name = `${account}-${migrationVersion(files)}`;
  return { metadata: besideInstance(instance, common, name), data: migrationConfigMapData(files) };
}

/** The Job that runs what was not run yet. */
export function migrationJob(of: MigratedDatabase, common: Common, args: MigrationsArgs): JobManifest {
  const manifest =
    args.files === undefined ? imageJob(of, common, args) : filesJob(of, common, args.files, args);
  // A stopped instance has nobody to ask; its Job goes on when it is awake.
  return of.instance.hibernated
    ? { ...manifest, spec: { ...manifest.spec, suspend: true } as JobManifest["spec"] }
    : manifest;
}

function filesJob(
  of: MigratedDatabase,
  common: Common,
  files: Record<string, string>,
  args: MigrationsArgs,
): JobManifest {
  const { instance, database, login } = of;
  const { name } = migrationFiles(of, common, files).metadata;
  const request = {
    host: instance.host,
    port: instance.port,
    database,
    caFile: `${caFolder}/ca.crt`,
    directory: filesFolder,
    timeoutSeconds: patience,
    version: migrationVersion(files),
    cluster: instance.clusterName,
    ...present({ schema: args.schema, table: args.table, lockTimeoutSeconds: args.lockTimeoutSeconds }),
  };
  const access = asOwner(login, instance.caConfigMap);
  return jobManifest({
    ...base(of, common, args, "migrate", request),
    ...access,
    volumes: [...(access.volumes ?? []), { name: "migrations", configMap: { name } }],
    volumeMounts: [
      ...(access.volumeMounts ?? []),
      { name: "migrations", mountPath: filesFolder, readOnly: true },
    ],
  });
}

/** The Job of another image: ours with its container in place of the operation. */
function imageJob(of: MigratedDatabase, common: Common, args: MigrationsArgs): JobManifest {
  const { instance, database, login, url } = of;
  const { image = "", command, arguments: words, env = {}, version } = args;
  const identity = { database, image, command, words, env, version, cluster: instance.clusterName };
  const access = asOwner(login, instance.caConfigMap);
  const manifest = jobManifest({ ...base(of, common, args, "migrate-image", identity), ...access });
  const variables: EnvVar[] = [
    ...(access.env ?? []),
    { name: "DATABASE_URL", valueFrom: { secretKeyRef: { name: url.secret, key: url.key } } },
    ...Object.entries({
      PGHOST: instance.host,
      PGPORT: String(instance.port),
      PGDATABASE: database,
      PGSSLMODE: "verify-full",
      PGSSLROOTCERT: `${caFolder}/ca.crt`,
      ...env,
    }).map(([name, value]) => ({ name, value })),
  ];
  const container = {
    name: "migrate",
    image,
    ...present({ command, args: words }),
    env: variables,
    volumeMounts: access.volumeMounts,
    terminationMessagePolicy: "FallbackToLogsOnError",
  };
  const { template, ...spec } = manifest.spec;
  const { serviceAccountName, restartPolicy, volumes } = template.spec;
  return {
    ...manifest,
    spec: {
      ...spec,
      // An image of somebody else's runs as its own user.
      template: {
        ...template,
        spec: { serviceAccountName, restartPolicy, volumes, containers: [container] },
      },
    } as unknown as JobManifest["spec"],
  };
}

function base(
  of: MigratedDatabase,
  common: Common,
  args: MigrationsArgs,
  operation: string,
  request: object,
) {
  const { instance, account } = of;
  const image = common.jobs?.image ?? instance.jobsImage;
  return {
    ...besideInstance(instance, common, jobName(`${account}-migrate`, { operation, request, image }), {
      annotations: instance.hibernated ? { "pulumi.com/skipAwait": "true" } : {},
    }),
    operation,
    request,
    image,
    imagePullPolicy: common.jobs?.imagePullPolicy ?? instance.jobsImagePullPolicy,
    serviceAccountName: account,
    // What failed is told at once: running it again would fail again.
    backoffLimit: 0,
    activeDeadlineSeconds: migrationSeconds(args),
  };
}

import type { EnvVar } from "../../cnpg/pod";
import type { InstanceObjectMetadata } from "../../cnpg/metadata";
import type { InstanceReference } from "../../instance/reference";
import type { JobManifest, JobSpec } from "../../jobs/job";
import { present } from "../../present";
import { secretVariable, SslMode } from "../credentials";
import { type Common, jobWhenAwake, onceJob } from "../instance-job";
import { asOwner, caFile } from "../login-environment";
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
  return args.files === undefined ? imageJob(of, common, args) : filesJob(of, common, args.files, args);
}

function filesJob(
  of: MigratedDatabase,
  common: Common,
  files: Record<string, string>,
  args: MigrationsArgs,
): JobManifest {
  const { instance, database } = of;
  const { name } = migrationFiles(of, common, files).metadata;
  const request = {
    host: instance.host,
    port: instance.port,
    database,
    caFile,
    directory: filesFolder,
    timeoutSeconds: patience,
    version: migrationVersion(files),
    cluster: instance.clusterName,
    ...present({ schema: args.schema, table: args.table, lockTimeoutSeconds: args.lockTimeoutSeconds }),
  };
  const spec = asOwnerOnce(of, common, args, "migrate", request);
  return jobWhenAwake(instance, {
    ...spec,
    volumes: [...(spec.volumes ?? []), { name: "migrations", configMap: { name } }],
    volumeMounts: [
      ...(spec.volumeMounts ?? []),
      { name: "migrations", mountPath: filesFolder, readOnly: true },
    ],
  });
}

/** The Job of another image: ours with its container in place of the operation. */
function imageJob(of: MigratedDatabase, common: Common, args: MigrationsArgs): JobManifest {
  const { instance, database, url } = of;
  const { image = "", command, arguments: words, env = {}, version } = args;
  const identity = { database, image, command, words, env, version, cluster: instance.clusterName };
  const access = asOwnerOnce(of, common, args, "migrate-image", identity);
  const manifest = jobWhenAwake(instance, access);
  const variables: EnvVar[] = [
    ...(access.env ?? []),
    secretVariable("DATABASE_URL", url.secret, url.key),
    ...Object.entries({
      PGHOST: instance.host,
      PGPORT: String(instance.port),
      PGDATABASE: database,
      PGSSLMODE: SslMode.VerifyFull,
      PGSSLROOTCERT: caFile,
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

function asOwnerOnce(
  { instance, account, login }: MigratedDatabase,
  common: Common,
  args: MigrationsArgs,
  operation: string,
  request: object,
): JobSpec {
  return onceJob(instance, common, `${account}-migrate`, {
    operation,
    request,
    serviceAccountName: account,
    // What failed is told at once: running it again would fail again.
    backoffLimit: 0,
    activeDeadlineSeconds: migrationSeconds(args),
    ...asOwner(login, instance.caConfigMap),
  });
}

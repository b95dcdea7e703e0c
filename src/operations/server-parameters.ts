import { sqlLiteral } from "../sql-literal";
import { type FoundInstance, findInstance } from "./instance";
import type { PodSql } from "./execute";
import type { KubernetesApi } from "./kubernetes";
import { type ParametersRecord, readRecord } from "./parameters-record";
import { serverPods } from "./pods";
import type { SettingRow } from "./settings";
import type { InstancePod } from "./settle";
import { type Clock, describeError } from "./waiting";

/** What reading needs. */
export interface ReadingContext {
  api: KubernetesApi;
  /** Asks a server as its superuser: only that one sees every parameter and what the configuration files say. */
  sql: PodSql;
  clock: Clock;
}

/** Row of pg_settings with what SHOW prints. */
export interface LiveRow extends SettingRow {
  value: string;
  context: string;
  /** The server's own category. */
  category: string;
  description: string;
  sourcefile: string | null;
  boot_val: string | null;
  min_val: string | null;
  max_val: string | null;
}

/** Line of a configuration file, the last one for its name. */
export interface FileLine {
  name: string;
  setting: string | null;
  sourcefile: string;
}

/** What `ALTER ROLE` or `ALTER DATABASE` set, without a role or a database for all of them. */
export interface OverrideRow {
  role: string | null;
  database: string | null;
  name: string;
  value: string;
}

/** Everything one server says. */
export interface PrimaryAnswer {
  settings: LiveRow[];
  /** Parameters with a dot that no loaded library defines; they are in no view. */
  placeholders: { name: string; value: string }[];
  files: FileLine[];
  overrides: OverrideRow[];
}

/** An instance, what is asked of it, and what its servers say. */
export interface Observed {
  instance: FoundInstance;
  record: ParametersRecord | undefined;
  desired: ReadonlyMap<string, { name: string; value: string }>;
  primaryName: string;
  primary: PrimaryAnswer;
  /** Rows of the other pods, by pod. */
  standbys: ReadonlyMap<string, LiveRow[]>;
  unreachable: ReadonlyMap<string, string>;
}

/**
 * Asks all servers of an instance.
 * @throws Error when there is no such instance or no primary to ask
 */
export async function observe(namespace: string, name: string, context: ReadingContext): Promise<Observed> {
  const instance = await findInstance(context.api, namespace, name);
  const { cluster } = instance;
  const pods = await serverPods<InstancePod>(context.api, namespace, cluster.metadata.name ?? "");
  const names = pods.map(pod => pod.metadata.name ?? "");
  const primaryName = names.find(pod => pod === cluster.status?.currentPrimary);
  if (primaryName === undefined) {
    throw new Error(
      `Instance ${namespace}/${name} has no primary to ask (phase "${cluster.status?.phase ?? "unknown"}").`,
    );
  }
  const parameters = cluster.spec?.postgresql?.parameters ?? {};
  const [primary, ...others] = await Promise.all([
    askPrimary(namespace, primaryName, Object.keys(parameters), context.sql),
    ...names.filter(pod => pod !== primaryName).map(pod => askStandby(namespace, pod, context.sql)),
  ]);
  const failed = (answer: LiveRow[] | string): answer is string => typeof answer === "string";
  return {
    instance,
    record: readRecord(cluster),
    desired: new Map(
      Object.entries(parameters).map(([key, value]) => [key.toLowerCase(), { name: key, value }]),
    ),
    primaryName,
    primary,
    standbys: new Map(others.flatMap(([pod, answer]) => (failed(answer) ? [] : [[pod, answer]]))),
    unreachable: new Map(others.flatMap(([pod, answer]) => (failed(answer) ? [[pod, answer]] : []))),
  };
}

const settingsQuery = `SELECT name, current_setting(name) AS value, setting, unit, vartype, enumvals, context, category,
  short_desc AS description, source, sourcefile, boot_val, min_val, max_val, pending_restart FROM pg_settings`;

// A file may name a parameter more than once; the last line counts. A line that waits for a restart is "not applied", like a wrong one.
const filesQuery = `SELECT DISTINCT ON (lower(name)) name, setting, sourcefile FROM pg_file_settings
WHERE name IS NOT NULL ORDER BY lower(name), seqno DESC`;

const overridesQuery = `SELECT r.rolname AS role, d.datname AS database, split_part(c, '=', 1) AS name,
  substr(c, strpos(c, '=') + 1) AS value
FROM pg_db_role_setting s LEFT JOIN pg_roles r ON r.oid = s.setrole LEFT JOIN pg_database d ON d.oid = s.setdatabase,
  unnest(s.setconfig) AS c`;

/** One question for everything, because each is a command in a pod. */
export function primaryQuery(asked: readonly string[]): string {
  const dotted = asked.filter(name => name.includes(".")).map(sqlLiteral);
  const list = (query: string): string => `(SELECT coalesce(json_agg(q), '[]') FROM (${query}) q)`;
  const placeholders = `SELECT n AS name, current_setting(n, true) AS value FROM unnest(ARRAY[${dotted.join(", ")}]::text[]) n
WHERE current_setting(n, true) IS NOT NULL AND NOT EXISTS (SELECT FROM pg_settings s WHERE lower(s.name) = lower(n))`;
  return `SELECT ${list(settingsQuery)} AS settings, ${list(placeholders)} AS placeholders,
${list(filesQuery)} AS files, ${list(overridesQuery)} AS overrides`;
}

async function askPrimary(
  namespace: string,
  pod: string,
  asked: readonly string[],
  sql: PodSql,
): Promise<PrimaryAnswer> {
  const [answer] = await sql(namespace, pod, primaryQuery(asked));
  if (answer === undefined) throw new Error(`${namespace}/${pod} answered nothing`);
  return answer as unknown as PrimaryAnswer;
}

/** A standby that cannot be asked is told of, and is no reason to say nothing. */
async function askStandby(
  namespace: string,
  pod: string,
  sql: PodSql,
): Promise<readonly [string, LiveRow[] | string]> {
  try {
    return [pod, (await sql(namespace, pod, settingsQuery)) as unknown as LiveRow[]];
  } catch (error) {
    return [pod, describeError(error)];
  }
}

/** The one of a name, whatever its case: so the server takes them. */
export function findByName<T extends { name: string }>(list: readonly T[], name: string): T | undefined {
  const key = name.toLowerCase();
  return list.find(item => item.name.toLowerCase() === key);
}

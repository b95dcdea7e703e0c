import { describeError } from "./waiting";

/** What a command in a pod left. */
export interface ExecuteResult {
  stdout: string;
  stderr: string;
  exitCode: number;
}

/** Runs a command in a container, without input. Needs the right to create `pods/exec`. */
export type Execute = (
  namespace: string,
  pod: string,
  container: string,
  command: readonly string[],
  options?: ExecuteOptions,
) => Promise<ExecuteResult>;

/** How a command is run. */
export interface ExecuteOptions {
  /** Seconds it may take. @default 60 */
  seconds?: number;
}

/** Runs one query in a pod of an instance as its superuser, in database `postgres`; every row is an object. */
export type PodSql = (namespace: string, pod: string, query: string) => Promise<Record<string, unknown>[]>;

/** Seconds a command in a pod may take. */
export const executeSeconds = 60;

/** Container of PostgreSQL in the pods of an instance; CloudNativePG's name. */
export const postgresContainer = "postgres";

/** Runs queries by running psql in the pods. */
export function sqlOver(execute: Execute): PodSql {
  return async (namespace, pod, query) => {
    const result = await execute(namespace, pod, postgresContainer, psqlCommand(query));
    return readRows(result, `${namespace}/${pod}`);
  };
}

/** What the API server says at the end of a command. */
export interface ExecuteStatus {
  status?: string;
  message?: string;
  details?: { causes?: { reason?: string; message?: string }[] };
}

/**
 * The exit code in what the API server says at the end of a command.
 * @throws Error when the command did not run at all
 */
export function exitCodeOf(status: ExecuteStatus): number {
  if (status.status === "Success") return 0;
  const cause = status.details?.causes?.find(({ reason }) => reason === "ExitCode");
  const code = Number(cause?.message);
  if (cause === undefined || !Number.isInteger(code)) {
    throw new Error(status.message ?? "the command could not be run");
  }
  return code;
}

/** psql inside the pod, over the local socket, as the superuser the container runs as. */
export function psqlCommand(query: string): string[] {
  const rows = `SELECT coalesce(json_agg(t), '[]') FROM (${query.trim().replace(/;$/, "")}) t`;
  return ["psql", "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-d", "postgres", "-c", rows];
}

/**
 * The rows in psql's output.
 * @param where names the pod in an error
 * @throws Error with psql's own words
 */
export function readRows(result: ExecuteResult, where: string): Record<string, unknown>[] {
  if (result.exitCode !== 0) {
    throw new Error(
      `psql in ${where} ended with ${result.exitCode}: ${describeError(result.stderr || result.stdout)}`,
    );
  }
  return JSON.parse(result.stdout) as Record<string, unknown>[];
}

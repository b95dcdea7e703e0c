import type { KubernetesApi } from "./kubernetes";
import { ApiError } from "./kubernetes";

/** Container of the Barman Cloud plugin in the pods of an instance. */
const sidecar = "plugin-barman-cloud";

/** How much of its log is looked at: one failed call of Barman writes about fifteen lines. */
const lastLines = 300;

/** Something Barman complained of. */
export interface BarmanError {
  /** RFC 3339. */
  time: string;
  /** `barman-cloud-wal-archive`, `barman-cloud-backup`. */
  program: string;
  message: string;
}

/** Barman's own line of an error: time, process, level, message. */
const errorLine = /^\S+ \S+ \[\d+\] ERROR: (.*)$/;

/**
 * The last error of Barman in the log of an instance's sidecar. Conditions and Backups only hold its exit code, this is where the cause
 * stands.
 * @returns undefined when there is none, and when the log must not be read
 */
export async function lastBarmanError(
  api: KubernetesApi,
  namespace: string,
  pod: string,
  program?: string,
): Promise<BarmanError | undefined> {
  try {
    const log = await api.log(namespace, pod, { container: sidecar, lastLines });
    return barmanErrors(log)
      .filter(error => program === undefined || error.program === program)
      .at(-1);
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) return undefined;
    throw error;
  }
}

/** The errors of Barman in a log of JSON lines, oldest first. */
export function barmanErrors(log: string): BarmanError[] {
  return log.split("\n").flatMap(line => {
    const entry = readLine(line);
    const message = errorLine.exec(entry.msg ?? "")?.[1];
    if (message === undefined || entry.logger?.startsWith("barman-cloud-") !== true) return [];
    return [{ time: entry.ts ?? "", program: entry.logger, message: message.trim() }];
  });
}

interface LogLine {
  ts?: string;
  logger?: string;
  msg?: string;
}

function readLine(line: string): LogLine {
  try {
    return (JSON.parse(line) as LogLine | null) ?? {};
  } catch {
    return {};
  }
}

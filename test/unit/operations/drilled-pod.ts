import type { Execute, ExecuteResult } from "../../../src/operations/execute";

/** What a pod answers to a command; undefined for one that nobody expects. */
export type PodAnswer = (pod: string, command: readonly string[]) => Partial<ExecuteResult> | undefined;

/** Pods in which commands are begun, looked after and read, as a long command does it. */
export function drilledPods(answer: PodAnswer): { execute: Execute; commands: string[][] } {
  const files = new Map<string, ExecuteResult>();
  const commands: string[][] = [];
  const complete = (pod: string, command: readonly string[]): ExecuteResult => {
    commands.push([...command]);
    const found = answer(pod, command);
    if (found === undefined) throw new Error(`no answer to ${command.join(" ")} in ${pod}`);
    return { stdout: "", stderr: "", exitCode: 0, ...found };
  };
  const execute: Execute = async (_namespace, pod, _container, command) => {
    const [shell, , script = "", , name = "", ...rest] = command;
    if (shell !== "sh") return complete(pod, command);
    const key = `${pod}/${name}`;
    if (script.includes("setsid")) files.set(key, complete(pod, rest));
    const file = files.get(key) ?? { stdout: "", stderr: "", exitCode: 0 };
    const text = script.includes('.code" 2>')
      ? `${file.exitCode}\n`
      : script.includes(".out")
        ? file.stdout
        : file.stderr;
    return { stdout: script.includes("setsid") ? "" : text, stderr: "", exitCode: 0 };
  };
  return { execute, commands };
}

/** The query or the last statement of a psql command. */
export function statementOf(command: readonly string[]): string {
  return command[0] === "psql" ? (command.at(-1) ?? "") : "";
}

/** A restored instance with databases `app` and `postgres`, in which nothing is wrong. */
export const sound: PodAnswer = (_pod, command) => {
  const statement = statementOf(command);
  if (command[0] === "pg_amcheck") return {};
  if (statement.includes("pg_database")) return { stdout: '[{"name":"app"},{"name":"postgres"}]' };
  if (statement.includes("data_checksums")) return { stdout: '[{"setting":"on","failures":0}]' };
  if (statement.includes("drilled_pages")) return { stdout: '{"pages": 100, "problems": []}\n' };
  if (statement.includes("drilled_rows")) {
    const inApp = command.includes("dbname='app'");
    const largest = inApp ? [{ table: "public.orders", rows: 42, exact: true }] : [];
    return { stdout: JSON.stringify({ tables: largest.length, rows: inApp ? 42 : 0, exact: true, largest }) };
  }
  if (statement.startsWith("SELECT")) return { stdout: "t\n" };
  return undefined;
};

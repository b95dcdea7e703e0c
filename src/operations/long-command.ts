import type { Execute, ExecuteResult } from "./execute";
import { type Look, waitUntil, type WaitOptions } from "./waiting";

/** A command that may take hours, in a container. */
export interface LongCommand {
  namespace: string;
  pod: string;
  container: string;
  /** Names its files; unique among the commands of the pod. */
  name: string;
  command: readonly string[];
  /** What is done, as the end of a sentence that begins with "waiting:". */
  doing: string;
}

/** How much of the output is read, from its end, bytes. */
const outputBytes = 262_144;
const errorBytes = 8192;

/** Begins the command in a session of its own, so that it goes on when the connection ends. Its exit code appears in one piece. */
const begin = `f="\${TMPDIR:-/tmp}/$1"; shift; rm -f "$f".*
setsid sh -c 'f=$1; shift; "$@" >"$f.out" 2>"$f.err"; echo $? >"$f.new"; mv "$f.new" "$f.code"' sh "$f" "$@" </dev/null >/dev/null 2>&1 &`;
const look = `cat "\${TMPDIR:-/tmp}/$1.code" 2>/dev/null || true`;
const tail = (suffix: string, bytes: number): string => `tail -c ${bytes} "\${TMPDIR:-/tmp}/$1.${suffix}"`;

/**
 * Runs a command in a container to its end. A command over the API server has one minute, so this one is begun, looked after and read.
 * @throws Error when the time is up; the command then goes on
 */
export async function runLong(
  execute: Execute,
  { namespace, pod, container, name, command, doing }: LongCommand,
  wait: WaitOptions,
): Promise<ExecuteResult> {
  const shell = async (script: string, ...args: readonly string[]): Promise<string> => {
    const result = await execute(namespace, pod, container, ["sh", "-c", script, "sh", name, ...args]);
    if (result.exitCode !== 0) {
      throw new Error(`${command[0]} in ${namespace}/${pod} could not be run: ${result.stderr.trim()}`);
    }
    return result.stdout;
  };
  await shell(begin, ...command);
  const exitCode = await waitUntil(async (): Promise<Look<number>> => {
    const code = (await shell(look)).trim();
    return code === "" ? { done: false, awaiting: doing } : { done: true, value: Number(code) };
  }, wait);
  const [stdout, stderr] = [await shell(tail("out", outputBytes)), await shell(tail("err", errorBytes))];
  return { stdout, stderr, exitCode };
}

import { execFile } from "node:child_process";
import { join, resolve } from "node:path";
import type { Harness } from "./harness";

const root = resolve(__dirname, "../../..");

/** What the command line left. */
export interface CommandOutcome {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** Runs `pulumi-cnpg` on the cluster of the tests, as a person at a terminal does. */
export function pulumiCnpg(bench: Harness, ...args: string[]): Promise<CommandOutcome> {
  const context = process.env.E2E_CONTEXT;
  const all = [
    join(root, "bin", "pulumi-cnpg.mjs"),
    ...args,
    ...(context === undefined ? [] : ["--context", context]),
  ];
  const env = { ...process.env, ...bench.environment.variables };
  return new Promise(done => {
    execFile(process.execPath, all, { env, maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
      done({ exitCode, stdout, stderr });
    });
  });
}

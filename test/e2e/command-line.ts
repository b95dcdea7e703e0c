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
  return run(bench, process.execPath, [join(root, "bin", "pulumi-cnpg.mjs"), ...args]);
}

/** The same by the words that are typed in a project: `npx pulumi-cnpg …`. */
export function npxPulumiCnpg(bench: Harness, ...args: string[]): Promise<CommandOutcome> {
  return run(bench, "npx", ["--no-install", "pulumi-cnpg", ...args]);
}

function run(bench: Harness, program: string, args: string[]): Promise<CommandOutcome> {
  const context = process.env.E2E_CONTEXT;
  const all = [...args, ...(context === undefined ? [] : ["--context", context])];
  const env = { ...process.env, ...bench.environment.variables };
  return new Promise(done => {
    execFile(program, all, { cwd: root, env, maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
      done({ exitCode, stdout, stderr });
    });
  });
}

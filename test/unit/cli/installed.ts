import { execFile } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { projectDir } from "../../../embedded/paths";

/** What a finished process left. */
export interface Finished {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** The command as an installed package has it: the launcher and what is compiled, without the sources. */
export interface InstalledCommand {
  /** An empty folder in which the shell runs. */
  workFolder: string;
  /** Runs a line in a shell that finds `pulumi-cnpg`. */
  shell: (line: string, env?: Record<string, string>) => Promise<Finished>;
  remove: () => void;
}

/** Puts the command into a folder of its own. */
export function installCommand(): InstalledCommand {
  const folder = mkdtempSync(join(tmpdir(), "pulumi-cnpg-"));
  const bin = join(folder, "bin");
  const workFolder = join(folder, "work");
  mkdirSync(bin);
  mkdirSync(workFolder);
  const launcher = join(bin, "pulumi-cnpg.mjs");
  copyFileSync(join(projectDir(), "bin", "pulumi-cnpg.mjs"), launcher);
  chmodSync(launcher, 0o755);
  symlinkSync("pulumi-cnpg.mjs", join(bin, "pulumi-cnpg"));
  symlinkSync(join(projectDir(), "dist"), join(folder, "dist"));
  const shell = (line: string, env: Record<string, string> = {}): Promise<Finished> => {
    const path = `${bin}${delimiter}${process.env.PATH ?? ""}`;
    // No cluster of the person who runs the tests is ever asked.
    const environment = { ...process.env, KUBECONFIG: join(folder, "no-kubeconfig"), PATH: path, ...env };
    return new Promise(resolve => {
      execFile("sh", ["-c", line], { cwd: workFolder, env: environment }, (error, stdout, stderr) => {
        const exitCode = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
        resolve({ exitCode, stdout, stderr });
      });
    });
  };
  return { workFolder, shell, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

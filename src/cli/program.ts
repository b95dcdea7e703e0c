import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { addBackup } from "./backup";
import { addCredentials } from "./credentials";
import { addDrill } from "./drill";
import { addDump } from "./dump";
import { addFailover } from "./failover";
import type { Layout } from "./layout";
import { addMaintenance } from "./maintenance";
import { addParameters, type VerbSurroundings } from "./parameters";
import type { ProgressSurroundings } from "./progress";
import { addReplica } from "./replica";
import type { CommandResult } from "./result";
import { addRehearse } from "./rehearse";
import { addRestore } from "./restore";
import { addRetention } from "./retention";
import { addSheet } from "./sheet";
import { addStatus } from "./status";

/** What the commands are given, and where their results go. */
export interface ProgramSurroundings {
  env: Readonly<Record<string, string | undefined>>;
  layout: Layout;
  progress: ProgressSurroundings;
  writeOut: (text: string) => void;
  writeError: (text: string) => void;
  finish: (result: CommandResult, json: boolean) => void;
}

/** Columns of the help where the width is unknown. */
const helpWidth = 100;

/** The whole command line. */
export function buildProgram(around: ProgramSurroundings): Command {
  const width = (): number => Math.min(around.layout.width, helpWidth);
  const program = new Command("pulumi-cnpg")
    .description(
      "PostgreSQL on Kubernetes over CloudNativePG: what can be known before apply, said before apply.",
    )
    .version(packageVersion(), "--version", "print the version")
    .option("--no-color", "plain text, as with the environment variable NO_COLOR")
    .helpCommand(false)
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: around.writeOut,
      writeErr: around.writeError,
      getOutHelpWidth: width,
      getErrHelpWidth: width,
    })
    .addHelpText("after", exitCodes);
  const verbSurroundings: VerbSurroundings = {
    ...around,
    layout: () => ({
      ...around.layout,
      colour: around.layout.colour && program.opts<{ color: boolean }>().color,
    }),
  };
  addSheet(program, verbSurroundings);
  addParameters(program, verbSurroundings);
  addBackup(program, verbSurroundings);
  addRestore(program, verbSurroundings);
  addDrill(program, verbSurroundings);
  addRehearse(program, verbSurroundings);
  addDump(program, verbSurroundings);
  addFailover(program, verbSurroundings);
  addRetention(program, verbSurroundings);
  addReplica(program, verbSurroundings);
  addMaintenance(program, verbSurroundings);
  addCredentials(program, verbSurroundings);
  addStatus(program, verbSurroundings);
  return program;
}

const exitCodes = `
Exit codes: 0 done, 1 failed, 2 refused or wrong usage, 3 drift (only with --fail-on-drift).
DEBUG=1 shows where an error comes from.`;

function packageVersion(): string {
  const manifest = readFileSync(join(__dirname, "../../../package.json"), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}

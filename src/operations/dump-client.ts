import { connectionString } from "../backup/dump/commands";
import type { RequestReader } from "./operation";
import type { ProgramResult, RunProgram } from "./program";
import { describeError } from "./waiting";

/** The server that dumps are taken of and restored to. The login is in the environment of the Job: PGUSER and PGPASSWORD. */
export interface DumpServer {
  host: string;
  port: number;
  /** File with the certificate of the authority. */
  caFile: string;
}

export function readDumpServer(json: RequestReader): DumpServer {
  return { host: json.text("host"), port: json.integer("port", 1, 65_535), caFile: json.text("caFile") };
}

/** Environment in which PostgreSQL's programs connect to the server, and verify that it is the one. */
export function serverEnvironment({ host, port, caFile }: DumpServer): Record<string, string> {
  return {
    PGHOST: host,
    PGPORT: String(port),
    PGSSLMODE: "verify-full",
    PGSSLROOTCERT: caFile,
    PGAPPNAME: "pulumi-cnpg dump",
    PGCONNECT_TIMEOUT: "10",
    // A dead connection ends the dump within minutes in place of hours.
    PGOPTIONS: "-c tcp_keepalives_idle=60 -c tcp_keepalives_interval=10 -c statement_timeout=0",
  };
}

/** A program of PostgreSQL that failed, with its own words. */
export class ProgramFailed extends Error {
  override readonly name = "ProgramFailed";
}

/** @throws ProgramFailed unless the program ended well */
export function succeeded(program: string, { exitCode, stderr, stdout }: ProgramResult): ProgramResult {
  if (exitCode === 0) return { exitCode, stderr, stdout };
  throw new ProgramFailed(`${program} ended with ${exitCode}: ${firstLines(stderr || stdout)}`);
}

/** The first cause stands in the first lines. */
function firstLines(text: string): string {
  const lines = text.split("\n").filter(line => line.trim() !== "");
  return describeError(lines.slice(0, 6).join("\n")).slice(0, 1500);
}

/** Asks the server, as the role of the Job; every row is an object. */
export async function ask<Row extends object>(
  program: RunProgram,
  server: DumpServer,
  database: string,
  query: string,
): Promise<Row[]> {
  const rows = `SELECT coalesce(json_agg(t), '[]') FROM (${query}) t`;
  const result = await program(
    "psql",
    ["-X", "-A", "-t", "-q", "-w", "-v", "ON_ERROR_STOP=1", "-d", connectionString(database), "-c", rows],
    { env: serverEnvironment(server) },
  );
  return JSON.parse(succeeded("psql", result).stdout) as Row[];
}

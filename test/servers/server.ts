import { type ChildProcess, execFile, spawn } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  chownSync,
  closeSync,
  cpSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Client } from "pg";
import { signal, waitFor } from "../../embedded/process";
import { confValue } from "../../src/parameters/conf-value";
import { serverBinaries } from "./binaries";

const execute = promisify(execFile);

/** A server of one major on a Unix socket, with nothing of value in it. */
export interface RealServer {
  readonly major: number;
  /** For example `18.4`. */
  readonly version: string;
  /** Runs `use` in a session of the superuser and closes it. */
  session<T>(use: (client: Client) => Promise<T>): Promise<T>;
  /**
   * What one parameter becomes when the server is started with these settings: the program prints it and ends.
   * Throws with the server's words when it refuses them.
   */
  computed(name: string, settings: Readonly<Record<string, string>>): Promise<string>;
}

/** Longest times in milliseconds: of a program that ends by itself, of a start, of a stop. */
const timeouts = { program: 60_000, start: 30_000, stop: 10_000 };

/** The server refuses to run as root; `nobody` owns nothing. */
const nobody = 65_534;
const identity = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {};

const environment = { PATH: process.env.PATH ?? "", LC_ALL: "C", TZ: "UTC" };

/**
 * Starts a server as `initdb` leaves it, but for speed and reach: no fsync, no TCP.
 * It is stopped and its folder removed when `use` ends, however it ends.
 * @param settings lines of `postgresql.conf` besides, by name
 * @param initdb further arguments of `initdb`
 */
export async function withServer<T>(
  major: number,
  use: (server: RealServer) => Promise<T>,
  settings: Readonly<Record<string, string>> = {},
  initdb: readonly string[] = [],
): Promise<T> {
  const binaries = await serverBinaries(major);
  const folder = mkdtempSync(join(tmpdir(), "pg-"));
  try {
    const programs = placePrograms(binaries, join(folder, "programs"));
    const data = await initialise(folder, programs, settings, initdb);
    const child = spawnServer(folder, programs, data);
    try {
      return await use(await connectable(major, child, folder, programs, data));
    } finally {
      await stop(child, data);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

// The cache may be in a home that no other user may enter. Links cost nothing; another file system needs copies.
function placePrograms(from: string, to: string): string {
  for (const part of ["bin", "lib", "share"]) linkTree(join(from, part), join(to, part));
  return to;
}

function linkTree(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) linkTree(source, target);
    else if (entry.isSymbolicLink()) symlinkSync(readlinkSync(source), target);
    else linkOrCopy(source, target);
  }
}

function linkOrCopy(source: string, target: string): void {
  try {
    linkSync(source, target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EXDEV") throw error;
    cpSync(source, target);
    chmodSync(target, lstatSync(source).mode);
  }
}

async function initialise(
  folder: string,
  programs: string,
  settings: Readonly<Record<string, string>>,
  further: readonly string[],
): Promise<string> {
  if (identity.uid !== undefined) chownSync(folder, identity.uid, identity.gid);
  const data = join(folder, "data");
  await execute(
    join(programs, "bin", "initdb"),
    [
      ...[
        "--pgdata",
        data,
        "--username=postgres",
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C",
        "--no-sync",
      ],
      ...further,
    ],
    { ...identity, cwd: folder, env: environment, timeout: timeouts.program },
  );
  const own = { fsync: "off", listen_addresses: "", unix_socket_directories: folder, ...settings };
  const lines = Object.entries(own).map(([name, value]) => `${name} = ${confValue(value)}\n`);
  appendFileSync(join(data, "postgresql.conf"), lines.join(""));
  return data;
}

/**
 * The shell waits for the server, and shuts it down when its standard input is closed: at the end, and also when this
 * process is killed in the middle of something. The stack has its usual size, by which the server judges max_stack_depth.
 */
const guard =
  'ulimit -s 8192; exec 3<&0; "$0" "$@" </dev/null 3<&- & server=$!; ' +
  '{ read -r _ <&3; kill -INT "$server"; } 2>/dev/null & wait "$server"';

function spawnServer(folder: string, programs: string, data: string): ChildProcess {
  const log = openSync(join(folder, "log"), "a");
  try {
    return spawn("/bin/sh", ["-c", guard, join(programs, "bin", "postgres"), "-D", data], {
      ...identity,
      cwd: folder,
      env: environment,
      stdio: ["pipe", log, log],
    });
  } finally {
    closeSync(log);
  }
}

async function connectable(
  major: number,
  child: ChildProcess,
  folder: string,
  programs: string,
  data: string,
): Promise<RealServer> {
  const session = async <T>(use: (client: Client) => Promise<T>): Promise<T> => {
    const client = new Client({ host: folder, user: "postgres", database: "postgres" });
    await client.connect();
    try {
      return await use(client);
    } finally {
      await client.end();
    }
  };
  const shown = await waitFor(() => session(client => client.query("SHOW server_version")), {
    what: `PostgreSQL ${major}`,
    timeoutMs: timeouts.start,
    everyMs: 50,
    logFile: join(folder, "log"),
    hopeless: () => (child.exitCode === null ? undefined : `it ended with exit code ${child.exitCode}`),
  });
  const version = (shown.rows[0] as { server_version: string }).server_version;
  const computed = async (name: string, values: Readonly<Record<string, string>>): Promise<string> => {
    const options = Object.entries(values).flatMap(([key, value]) => ["-c", `${key}=${value}`]);
    const { stdout } = await execute(
      join(programs, "bin", "postgres"),
      ["-D", data, "-C", name, ...options],
      { ...identity, cwd: folder, env: environment, timeout: timeouts.program },
    );
    return stdout.replace(/\n$/, "");
  };
  return { major, version, session, computed };
}

/** A fast shutdown disconnects the sessions; a server that does not heed it is killed. */
async function stop(child: ChildProcess, data: string): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>(resolve => child.once("exit", () => resolve()));
  const timer = setTimeout(() => signal(serverPid(data), "SIGKILL"), timeouts.stop);
  child.stdin?.end();
  await ended;
  clearTimeout(timer);
}

/** The first line of the lock file is the server's process id. */
function serverPid(data: string): number {
  return Number(readFileSync(join(data, "postmaster.pid"), "utf8").split("\n")[0]);
}

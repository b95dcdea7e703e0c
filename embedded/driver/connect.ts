import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Command, exitCode, main, PlainFailure } from "./command";
import { openKubernetes } from "./kubernetes";
import { readRunRecord, runFolder } from "./run-record";
import { type Connection, connectionFromSecret } from "./sql";

const usage = `Opens psql on the instance of the last start, through a port-forward on loopback.

  npm run connect                              an interactive psql
  npm run connect -- -c "SELECT version()"     arguments are psql's
  npm run connect -- --context kind-test       the instance on that cluster

Without psql on this machine the port stays open and the settings for any other client are printed.`;

interface Outputs {
  readonly namespace: string;
  readonly instanceName: string;
  readonly serviceName: string;
  readonly connectionSecret: string;
}

function lastOutputs(folder: string): Outputs {
  const file = join(folder, "outputs.json");
  if (!existsSync(file))
    throw new PlainFailure("There is no instance to connect to yet: run `npm start` first.");
  return JSON.parse(readFileSync(file, "utf8")) as Outputs;
}

function clientEnvironment(connection: Connection, port: number, caFile: string): Record<string, string> {
  return {
    PGHOST: connection.host,
    PGHOSTADDR: "127.0.0.1",
    PGPORT: String(port),
    PGDATABASE: connection.database,
    PGUSER: connection.user,
    PGSSLMODE: "verify-full",
    PGSSLROOTCERT: caFile,
  };
}

function psql(argv: readonly string[], environment: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn("psql", argv, { stdio: "inherit", env: { ...process.env, ...environment } });
    child.on("error", reject);
    child.on("exit", (code, signal) => resolve(signal ? exitCode.interrupted : (code ?? exitCode.failed)));
  });
}

function untilInterrupted(interruption: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    // Keeps the process alive: a signal handler alone does not.
    const awake = setInterval(() => undefined, 60_000);
    interruption.addEventListener("abort", () => {
      clearInterval(awake);
      resolve();
    });
  });
}

function contextAndRest(argv: readonly string[]): { context?: string; rest: string[] } {
  const [flag, context, ...rest] = argv;
  return flag === "--context" && context !== undefined ? { context, rest } : { rest: [...argv] };
}

const command: Command = {
  usage,
  async run(argv, interruption) {
    const { context, rest } = contextAndRest(argv);
    const folder = runFolder(context);
    const outputs = lastOutputs(folder);
    const record = readRunRecord(folder);
    if (!record) throw new PlainFailure("There is no record of a start: run `npm start` first.");
    const kubernetes = await openKubernetes(record.cluster);
    const connection = await connectionFromSecret(
      kubernetes,
      outputs.namespace,
      outputs.instanceName,
      outputs.connectionSecret,
    );
    const forward = await kubernetes.forward(outputs.namespace, outputs.serviceName, connection.port);
    const caFile = join(folder, "ca.crt");
    writeFileSync(caFile, connection.ca);
    const environment = clientEnvironment(connection, forward.port, caFile);
    try {
      if (spawnSync("psql", ["--version"], { stdio: "ignore" }).status === 0) {
        process.exitCode = await psql(rest, { ...environment, PGPASSWORD: connection.password });
        return;
      }
      const settings = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
      process.stdout.write(
        `psql is not on this machine. Settings for another client, until Ctrl-C:\n\n${settings.join("\n")}\n\n` +
          `The password is in Secret ${outputs.namespace}/${outputs.connectionSecret}, key "password".\n`,
      );
      await untilInterrupted(interruption);
    } finally {
      await forward.close();
    }
  },
};

if (require.main === module) void main(command);

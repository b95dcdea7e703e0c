import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { admissionGate } from "./admission-gate";
import { applyParameters } from "./apply-parameters";
import { archiveCheck } from "./archive-check";
import { archiveSurvey } from "./archive-survey";
import { archiveLocate } from "./archive-locate";
import { backup } from "./backup";
import { backupKeeper } from "./backup-keeper";
import { certificates } from "./certificates";
import { connectionCheck } from "./connection-check";
import { drill } from "./drill";
import { dump } from "./dump";
import { listDumpsOperation } from "./dumps";
import { executeOver } from "./execute-in-cluster";
import { failoverOperation } from "./failover-job";
import { finalBackup } from "./final-backup";
import { grant } from "./grant";
import { inClusterEndpoint, kubernetesApi } from "./kubernetes";
import { migrate } from "./migrate";
import { type Operation, type OperationContext, RequestError, RequestReader } from "./operation";
import { operatorPreflight } from "./operator-preflight";
import { probe } from "./probe";
import { runProgram } from "./program";
import { rehearse } from "./rehearse";
import { restoreDumpOperation } from "./restore-dump";
import { role } from "./role";
import { rotate } from "./rotate";
import { settle } from "./settle";
import { describeError, systemClock } from "./waiting";
import { watch } from "./watch";

/** An operation whose request has been read already. */
interface Runnable {
  help: string;
  start: (request: unknown, context: OperationContext) => Promise<void>;
}

/** Operations of the image, by name. */
export const operations: Readonly<Record<string, Runnable>> = {
  "admission-gate": runnable(admissionGate),
  "apply-parameters": runnable(applyParameters),
  "archive-check": runnable(archiveCheck),
  "archive-survey": runnable(archiveSurvey),
  "archive-locate": runnable(archiveLocate),
  backup: runnable(backup),
  "backup-keeper": runnable(backupKeeper),
  certificates: runnable(certificates),
  "connection-check": runnable(connectionCheck),
  drill: runnable(drill),
  failover: runnable(failoverOperation),
  "final-backup": runnable(finalBackup),
  dump: runnable(dump),
  grant: runnable(grant),
  "list-dumps": runnable(listDumpsOperation),
  migrate: runnable(migrate),
  "operator-preflight": runnable(operatorPreflight),
  probe: runnable(probe),
  rehearse: runnable(rehearse),
  "restore-dump": runnable(restoreDumpOperation),
  role: runnable(role),
  rotate: runnable(rotate),
  settle: runnable(settle),
  watch: runnable(watch),
};

function runnable<Request>({ help, read, run }: Operation<Request>): Runnable {
  return { help, start: (request, context) => run(read(new RequestReader(request)), context) };
}

const usage = `Usage: node jobs.js OPERATION --request JSON
       node jobs.js OPERATION --help
Operations: ${Object.keys(operations).join(", ")}`;

/** Where Kubernetes looks for the reason of a failure, and how much of it it keeps. */
const terminationLog = "/dev/termination-log";
const terminationBytes = 4096;

/** Runs one operation. @returns the exit code: 0 when it is done, 1 when it failed; the reason is on stderr and in the termination log. */
export async function main(args: string[], env: OperationContext["env"] = process.env): Promise<number> {
  try {
    const { name, operation, request, help } = readArguments(args);
    if (help) {
      process.stdout.write(`${operation === undefined ? usage : `${name}\n${operation.help}`}\n`);
      return 0;
    }
    if (operation === undefined) throw new Error(`no operation ${JSON.stringify(name ?? "")}; ${usage}`);
    const json = readRequest(request);
    const endpoint = () => inClusterEndpoint(env);
    await operation.start(json, {
      api: kubernetesApi(endpoint),
      execute: executeOver(endpoint),
      program: runProgram,
      clock: systemClock,
      env,
      say: sentence => process.stdout.write(`${sentence}\n`),
    });
    return 0;
  } catch (error) {
    fail(describeError(error), env);
    return 1;
  }
}

interface Arguments {
  name?: string;
  operation?: Runnable;
  request?: string;
  help: boolean;
}

function readArguments(args: string[]): Arguments {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { request: { type: "string" }, help: { type: "boolean", short: "h" } },
  });
  const [name, ...rest] = positionals;
  if (rest.length > 0) throw new Error(`unexpected argument ${JSON.stringify(rest[0])}; ${usage}`);
  const operation = name !== undefined && Object.hasOwn(operations, name) ? operations[name] : undefined;
  return { name, operation, request: values.request, help: values.help === true };
}

function readRequest(text: string | undefined): unknown {
  if (text === undefined) throw new RequestError("--request", "is missing");
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new RequestError("--request", `is not JSON: ${describeError(error)}`);
  }
}

function fail(reason: string, env: OperationContext["env"]): void {
  process.stderr.write(`${reason}\n`);
  // Outside of Kubernetes there is no such file, and making one in /dev would surprise.
  if (env.KUBERNETES_SERVICE_HOST === undefined) return;
  try {
    writeFileSync(terminationLog, Buffer.from(reason, "utf8").subarray(0, terminationBytes));
  } catch (error) {
    process.stderr.write(`${terminationLog} could not be written: ${describeError(error)}\n`);
  }
}

if (require.main === module) {
  void main(process.argv.slice(2)).then(code => {
    // A timer that nobody waits for any more, of an hour perhaps, would keep the process.
    process.exit(code);
  });
}

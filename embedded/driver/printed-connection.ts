import type { OutputMap } from "@pulumi/pulumi/automation";
import { waitFor } from "../process";
import type { Progress } from "../progress";
import { PlainFailure } from "./command";
import { type ClusterAccess, type Kubernetes, openKubernetes } from "./kubernetes";
import { certificateAuthority, type Connection, connectionFromUrl, query } from "./sql";

/** How long a database may take to answer, in milliseconds: after a restart of the cluster its pod begins anew. */
const patience = 120_000;

/** What came of connecting as the outputs say. */
export interface Answer {
  /** The connection URL, with its password left out. */
  readonly connection: string;
  /** What `SELECT version()` answered through it. */
  readonly serverVersion: string;
}

/**
 * Runs SQL through the connection that the stack's outputs name, with the server verified by name and authority.
 *
 * @throws {@link PlainFailure} when the outputs name none; an error with the last answer when the database does not answer
 */
export async function askPrintedConnection(
  access: ClusterAccess,
  outputs: OutputMap,
  progress: Progress,
): Promise<Answer> {
  const url = output(outputs, "connectionString");
  const namespace = output(outputs, "namespace");
  const service = output(outputs, "serviceName");
  const instance = output(outputs, "instanceName");
  return progress.step("Run SQL through the printed connection", async say => {
    const kubernetes = await openKubernetes(access);
    say("an answer of the database");
    const serverVersion = await waitFor(
      async () => {
        const connection = connectionFromUrl(
          url,
          await certificateAuthority(kubernetes, namespace, instance),
        );
        return version(kubernetes, { namespace, service }, connection);
      },
      { what: `The database behind Service ${namespace}/${service}`, timeoutMs: patience, everyMs: 1_000 },
    );
    return { connection: withoutPassword(url), serverVersion };
  });
}

async function version(
  kubernetes: Kubernetes,
  address: { namespace: string; service: string },
  connection: Connection,
): Promise<string> {
  const [row] = await query(kubernetes, address, connection, "SELECT version()");
  return String(row?.version);
}

function output(outputs: OutputMap, name: string): string {
  const value: unknown = outputs[name]?.value;
  if (typeof value !== "string")
    throw new PlainFailure(`The stack has no output "${name}", so no SQL can be run.`);
  return value;
}

function withoutPassword(url: string): string {
  const shown = new URL(url);
  shown.password = "";
  return shown.toString();
}

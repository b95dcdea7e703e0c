import { readAuthority } from "./postgres";
import { openPostgresSession, type PostgresSession } from "./postgres-session";
import { type Operation, type OperationContext, RequestError, type RequestReader } from "./operation";
import { describeError, type Look, waitUntil } from "./waiting";

/** Request of `grant`. */
export interface GrantRequest {
  host: string;
  port: number;
  database: string;
  /** File with the certificate authority. */
  caFile: string;
  /** The Cluster that serves: only makes the request of another generation another one, so that its Job runs. */
  cluster?: string;
  /** Statements that can be run again; none of them a secret. */
  statements: string[];
  timeoutSeconds: number;
}

/** Milliseconds that a statement waits for a lock, so that a forgotten session is named in place of waited for until the end. */
const lockTimeout = 30_000;

/** Errors of the connection, and of a server that starts or has not heard of the role or the database yet: worth another attempt. */
const passing = /^(08|57P0[123]|53300|28P01|28000|3D000|55P03|40)/;

export const grant: Operation<GrantRequest> = {
  help: `Runs the statements in one transaction, with the login in PGUSER and PGPASSWORD.
Request: host, port, database, caFile, cluster, statements [text], timeoutSeconds.`,
  read: readRequest,
  async run(request, context) {
    let refusal: Error | undefined;
    const look = async (): Promise<Look<void>> => {
      try {
        await runOnce(request, context);
      } catch (error) {
        const { code } = error as { code?: string };
        // What the server refuses it will refuse again.
        if (code === undefined || code.length !== 5 || passing.test(code)) throw error;
        refusal = error as Error;
      }
      return { done: true, value: undefined };
    };
    await waitUntil(look, { ...context, timeoutSeconds: request.timeoutSeconds });
    if (refusal !== undefined) throw refusal;
    context.say(`Ran ${request.statements.length} statements in database ${request.database}.`);
  },
};

async function runOnce(request: GrantRequest, { env }: OperationContext): Promise<void> {
  const { host, port, database, caFile, statements } = request;
  const endpoint = { host, port, database, sslmode: "verify-full", ca: await readAuthority(caFile) } as const;
  const session = await openPostgresSession(endpoint, env);
  try {
    await session.query("BEGIN");
    await session.query(`SET LOCAL lock_timeout = ${lockTimeout}`);
    for (const statement of statements) await runStatement(session, statement);
    await session.query("COMMIT");
  } finally {
    await session.end();
  }
}

async function runStatement(session: PostgresSession, sql: string): Promise<void> {
  try {
    await session.query(sql);
  } catch (error) {
    const [first = ""] = sql.split("\n");
    const told = new Error(`${describeError(error)} (in: ${first.slice(0, 200)})`, { cause: error });
    throw Object.assign(told, { code: (error as { code?: string }).code });
  }
}

function readRequest(json: RequestReader): GrantRequest {
  const statements = json.texts("statements");
  if (statements.length === 0) throw new RequestError("statements", "must not be empty");
  return {
    host: json.text("host"),
    port: json.integer("port", 1, 65535, 5432),
    database: json.text("database"),
    caFile: json.text("caFile"),
    cluster: json.optionalText("cluster"),
    statements,
    timeoutSeconds: json.integer("timeoutSeconds", 1, 86_400),
  };
}

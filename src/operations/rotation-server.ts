import type { RotatedLogin, RotateRequest } from "../application/rotation/request";
import type { DatabaseRoleObject } from "../cnpg/database-role";
import type { Manifest } from "../cnpg/object";
import { sqlLiteral } from "../sql-literal";
import { kinds } from "./kubernetes";
import type { OperationContext } from "./operation";
import { type PostgresEndpoint, type query, readAuthority } from "./postgres";
import { describeError, type Look, waitUntil } from "./waiting";

/** Asks the server as a login; stands for it in tests. */
export type AskServer = typeof query;

/** What steps at the server need. */
export interface ServerContext {
  request: RotateRequest;
  context: OperationContext;
  ask: AskServer;
}

type RoleManifest = Manifest & DatabaseRoleObject;

/**
 * Makes sure that the server will have the passwords of both logins from their Secrets.
 * @throws Error when CloudNativePG does not know of them
 */
export async function checkRoles({ request, context }: ServerContext): Promise<void> {
  const { namespace, logins } = request;
  for (const { databaseRole, secret } of logins) {
    const role = await context.api.get<RoleManifest>(kinds.databaseRole, namespace, databaseRole);
    const name = `DatabaseRole ${namespace}/${databaseRole}`;
    if (role === undefined) throw new Error(`There is no ${name}: run pulumi up.`);
    if (role.spec?.passwordSecret?.name !== secret)
      throw new Error(`${name} does not have its password from Secret ${secret}: run pulumi up.`);
  }
}

/** Waits until the server has the password and sessions begin as they should. */
export async function waitForLogin(
  around: ServerContext,
  login: RotatedLogin,
  password: string,
): Promise<void> {
  const { request, context, ask } = around;
  const { setRole, timeoutSeconds } = request;
  const look = async (): Promise<Look<void>> => {
    const awaiting = await notApplied(around, login);
    if (awaiting !== undefined) return { done: false, awaiting };
    const endpoint = await endpointOf(request);
    const env = { PGUSER: login.role, PGPASSWORD: password };
    const [row] = await ask<{ role: string }>(endpoint, env, "SELECT current_user::text AS role");
    if (setRole === undefined || row?.role === setRole) return { done: true, value: undefined };
    await ask(endpoint, env, beginAs(setRole));
    return { done: false, awaiting: `sessions of ${login.role} to begin as ${setRole}` };
  };
  await waitUntil(look, { ...context, timeoutSeconds });
}

/** A login may set what its own sessions begin with. It has to be itself for that, and not what its sessions begin as by now. */
function beginAs(role: string): string {
  return `BEGIN; SET LOCAL ROLE NONE; ALTER ROLE CURRENT_USER SET role TO ${sqlLiteral(role)}; COMMIT`;
}

/**
 * Waits until nobody has used a login for the grace period. Who holds sessions of it would lose the next one: a pod with former
 * credentials, an application that is not made anew, a person.
 * @param active login to ask with: every login sees whose sessions there are
 */
export async function waitUntilLeft(
  { request, context, ask }: ServerContext,
  { role }: RotatedLogin,
  active: { role: string; password: string },
): Promise<void> {
  const { gracePeriodSeconds, timeoutSeconds } = request;
  const { clock } = context;
  const env = { PGUSER: active.role, PGPASSWORD: active.password };
  let since: number | undefined;
  const look = async (): Promise<Look<void>> => {
    const sql = "SELECT count(*)::int AS sessions FROM pg_stat_activity WHERE usename = $1";
    const [row] = await ask<{ sessions: number }>(await endpointOf(request), env, sql, [role]);
    const sessions = row?.sessions ?? 0;
    if (sessions > 0) {
      since = undefined;
      return { done: false, awaiting: `the end of ${sessions} sessions of the login ${role}` };
    }
    since ??= clock.now().getTime();
    if (clock.now().getTime() - since >= gracePeriodSeconds * 1000) return { done: true, value: undefined };
    return { done: false, awaiting: `${gracePeriodSeconds} s without a session of the login ${role}` };
  };
  await waitUntil(look, { ...context, timeoutSeconds: timeoutSeconds + gracePeriodSeconds });
}

/** Codes with which the server refuses a password: invalid_password, invalid_authorization_specification. */
const refusals = ["28P01", "28000"];

/**
 * Waits until the server has the new password of a login and refuses the former one.
 * @param former absent when nobody knows it any more
 */
export async function waitUntilRefused(
  around: ServerContext,
  login: RotatedLogin,
  former: string | undefined,
): Promise<void> {
  const { request, context, ask } = around;
  const look = async (): Promise<Look<void>> => {
    const awaiting = await notApplied(around, login);
    if (awaiting !== undefined) return { done: false, awaiting };
    if (former === undefined) return { done: true, value: undefined };
    try {
      await ask(await endpointOf(request), { PGUSER: login.role, PGPASSWORD: former }, "SELECT 1");
    } catch (error) {
      if (refusals.includes((error as { code?: string }).code ?? "")) return { done: true, value: undefined };
      return { done: false, awaiting: `the server's answer to ${login.role}: ${describeError(error)}` };
    }
    return { done: false, awaiting: `the server to refuse the former password of ${login.role}` };
  };
  await waitUntil(look, { ...context, timeoutSeconds: request.timeoutSeconds });
}

/** What is missing until CloudNativePG has set what the login's Secret holds; undefined when nothing is. */
async function notApplied(
  { request: { namespace }, context: { api } }: ServerContext,
  { role, databaseRole, secret: name }: RotatedLogin,
): Promise<string | undefined> {
  const { status } = (await api.get<RoleManifest>(kinds.databaseRole, namespace, databaseRole)) ?? {};
  const secret = await api.get(kinds.secret, namespace, name);
  const version = secret?.metadata.resourceVersion;
  if (status?.applied === true && status.secretResourceVersion === version) return undefined;
  const reason = status?.applied === false && status.message ? `: ${status.message}` : "";
  return `CloudNativePG to set the password of ${role} in the server${reason}`;
}

async function endpointOf({ host, port, database, caFile }: RotateRequest): Promise<PostgresEndpoint> {
  return { host, port, database, sslmode: "verify-full", ca: await readAuthority(caFile) };
}

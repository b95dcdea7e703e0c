import type { RotatedLogin, RotateRequest } from "../application/rotation/request";
import { kinds } from "./kubernetes";
import { ensureOwner, resolveOwner } from "./object-owner";
import type { OperationContext } from "./operation";
import { newPassword } from "./password";
import {
  applicationData,
  applicationLabels,
  changeApplication,
  createApplication,
  readApplication,
  readLogin,
  writeLogin,
} from "./rotation-secrets";
import type { SecretManifest } from "./secret";

/**
 * Makes the Secrets that are absent, with the first login in use, and lets those that are there alone; only where the application connects to
 * follows the request. The server is not asked: it has the logins from the Secrets, later.
 */
export async function ensureLogins(request: RotateRequest, context: OperationContext): Promise<void> {
  const { api, clock, say } = context;
  const application = await readApplication(request, api);
  const [first, second] = request.logins;
  // A Secret that was lost is made as the application knows it: with another password it would be locked out.
  const known = (login: RotatedLogin): string | undefined =>
    application?.login.role === login.role ? application.password : undefined;
  const password = await ensureLogin(request, first, known(first), context);
  await ensureLogin(request, second, known(second), context);
  const name = `Secret ${request.application.namespace}/${request.application.secret}`;
  if (application === undefined) {
    await createApplication(request, first, password, clock.now(), api);
    say(`Made ${name} with the login ${first.role}.`);
    return;
  }
  say(`${name} holds the login ${application.login.role}.`);
  await adopt(application.secret, request.application, context);
  const { secret } = application;
  const data = applicationData(request, application.login, application.password);
  const labels = applicationLabels(request);
  if (contains(secret.data, data) && contains(secret.metadata.labels, labels)) return;
  const { api: server } = context;
  // Its owner may just have been changed.
  const current = (await readApplication(request, server))?.secret ?? secret;
  await changeApplication(request, current, { data, labels }, server);
  say(`${name} follows what is asked for; the login in it stays.`);
}

/** @returns the password in the Secret */
async function ensureLogin(
  request: RotateRequest,
  login: RotatedLogin,
  known: string | undefined,
  context: OperationContext,
): Promise<string> {
  const name = `Secret ${request.namespace}/${login.secret}`;
  const found = await readLogin(request, login, context.api);
  if (found !== undefined) {
    context.say(`${name} is there: nothing to do.`);
    await adopt(found.secret, request, context);
    return found.password;
  }
  const password = known ?? newPassword();
  await writeLogin(request, login, password, undefined, context.api);
  context.say(`Made ${name} for the login ${login.role}.`);
  return password;
}

async function adopt(
  secret: SecretManifest,
  { namespace, owner }: Pick<RotateRequest, "namespace" | "owner">,
  { api }: OperationContext,
): Promise<void> {
  await ensureOwner(kinds.secret, secret, await resolveOwner(owner, namespace, api), api);
}

function contains(
  found: Readonly<Record<string, string>> | undefined,
  wanted: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(wanted).every(([key, value]) => found?.[key] === value);
}

import type { RotateRequest, RotateResult } from "../application/rotation/request";
import { credentialsChecksum, type Rotated, type RunningRotation } from "../application/rotation/state";
import { isJobActive } from "./active-job";
import { ApiError } from "./kubernetes";
import type { OperationContext } from "./operation";
import { newPassword } from "./password";
import { query } from "./postgres";
import { checkWorkloads, rollWorkloads } from "./rotation-rollout";
import {
  applicationData,
  applicationLabels,
  type ApplicationSecret,
  changeApplication,
  type LoginSecret,
  readApplication,
  readLogin,
  writeLogin,
} from "./rotation-secrets";
import {
  type AskServer,
  checkRoles,
  type ServerContext,
  waitForLogin,
  waitUntilLeft,
  waitUntilRefused,
} from "./rotation-server";
import { describeError } from "./waiting";

/** What a rotation has read, with the versions that its writes insist on: what another one wrote since is never overwritten. */
interface Claimed {
  application: ApplicationSecret;
  /** Secret of the login that the application does not have. */
  other: LoginSecret | undefined;
  /** Whether the other login is still to be retired. */
  retire: boolean;
}

/**
 * Gives the application the other login, with a new password, and retires the one it had. What it has done stands in the application's Secret,
 * so that a run after one that broke off goes on where that was; before the application has the other login there is nothing to go on
 * with but to begin anew, because nobody uses it yet.
 * @param ask stands for the server in tests
 * @throws Error when it cannot be done; the former login then stays valid
 */
export async function rotateLogins(
  request: RotateRequest,
  context: OperationContext,
  ask: AskServer = query,
): Promise<RotateResult> {
  const around = { request, context, ask };
  const { clock, say, api } = context;
  const started = clock.now().getTime();
  const job = ownJob(context);
  const resultOf = (ended: Ended): RotateResult => ({
    ...ended,
    secret: `${request.application.namespace}/${request.application.secret}`,
    workloads: request.workloads.map(({ kind, name }) => `${kind}/${name}`),
    seconds: (clock.now().getTime() - started) / 1000,
  });
  await checkWorkloads(request, api);
  await checkRoles(around);
  let claimed = await claim(request, job, context);
  const isOwn = claimed.application.rotated.by === job.uid;
  if (claimed.retire) {
    say(`The rotation that gave the application the login ${claimed.application.login.role} goes on.`);
    const ended = await end(claimed, around);
    if (isOwn) return resultOf(ended);
    // This Job was asked for a rotation of its own.
    claimed = await claim(request, job, context);
  } else if (isOwn) return resultOf(await release(claimed, around));
  return resultOf(await begin(claimed, job, around));
}

type JobIdentity = Pick<RunningRotation, "job" | "uid">;

function ownJob({ env }: OperationContext): JobIdentity & { namespace: string } {
  const { JOB_NAME: job, JOB_UID: uid, POD_NAMESPACE: namespace } = env;
  if (job === undefined || uid === undefined || namespace === undefined)
    throw new Error("JOB_NAME, JOB_UID and POD_NAMESPACE are not set: a rotation runs in a Job");
  return { job, uid, namespace };
}

/**
 * Reads the Secrets and makes sure that no other Job changes them.
 * @throws Error when another one does
 */
async function claim(
  request: RotateRequest,
  job: JobIdentity & { namespace: string },
  { api, clock }: OperationContext,
): Promise<Claimed> {
  const application = await readApplication(request, api);
  const name = `${request.application.namespace}/${request.application.secret}`;
  if (application === undefined) throw new Error(`There is no Secret ${name}: run pulumi up.`);
  const other = await readLogin(request, application.other, api);
  const before = application.running;
  if (before !== undefined && before.uid !== job.uid && (await isJobActive(api, job.namespace, before.job)))
    throw new Error(`Job ${job.namespace}/${before.job} rotates this login. Begin when it has ended.`);
  const running: RunningRotation = {
    ...{ job: job.job, uid: job.uid, since: clock.now().toISOString() },
    ...(before?.retire === undefined ? {} : { retire: before.retire }),
  };
  try {
    // It has another version now, by which also a pod of the same Job that is about to end knows that it is not its turn any more.
    const secret = await changeApplication(request, application.secret, { running }, api);
    return { application: { ...application, secret, running }, other, retire: before?.retire !== undefined };
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 409) throw error;
    throw new Error(`Secret ${name} was changed at the same moment: begin again.`, { cause: error });
  }
}

/** Gives the application the login it does not have, with a new password, once that works. */
async function begin(claimed: Claimed, job: JobIdentity, around: ServerContext): Promise<Ended> {
  const { request, context } = around;
  const { api, clock, say } = context;
  const { login: former, other: next, secret } = claimed.application;
  say(`The application has the login ${former.role}. Giving ${next.role} a new password.`);
  const password = newPassword();
  await writeLogin(request, next, password, claimed.other, api);
  await waitForLogin(around, next, password);
  const at = clock.now().toISOString();
  const rotated: Rotated = { at, login: next.role, by: job.uid };
  const running: RunningRotation = { job: job.job, uid: job.uid, since: at, retire: former.role };
  const change = {
    data: applicationData(request, next, password),
    labels: applicationLabels(request),
    ...{ rotated, running },
  };
  const changed = await changeApplication(request, secret, change, api);
  say(`${next.role} works, and is in Secret ${request.application.namespace}/${request.application.secret}.`);
  const application = { secret: changed, login: next, other: former, password, rotated, running };
  return end({ application, other: await readLogin(request, former, api), retire: true }, around);
}

/** What a rotation has come to. */
type Ended = Pick<RotateResult, "active" | "retired" | "rotatedAt">;

/** Makes the workloads anew, and retires the login that the application does not have any more. */
async function end(claimed: Claimed, around: ServerContext): Promise<Ended> {
  const { request, context } = around;
  const { application, other } = claimed;
  const { login, other: former, password, rotated } = application;
  try {
    await rollWorkloads(request, credentialsChecksum(rotated), context);
    await waitUntilLeft(around, former, { role: login.role, password });
  } catch (error) {
    throw new Error(
      `${describeError(error)}. The login ${former.role} stays valid beside ${login.role}; the next run goes on here.`,
      { cause: error },
    );
  }
  context.say(`Retiring ${former.role}: it gets a password that nobody is told.`);
  await writeLogin(request, former, newPassword(), other, context.api);
  await waitUntilRefused(around, former, other?.password);
  const ended = await release(claimed, around);
  context.say(`${former.role} is retired; ${login.role} is the only login that works.`);
  return ended;
}

/** Lets others begin. */
async function release(
  { application: { secret, login, other, rotated } }: Claimed,
  { request, context }: ServerContext,
): Promise<Ended> {
  await changeApplication(request, secret, { running: null }, context.api);
  return { active: login.role, retired: other.role, rotatedAt: rotated.at };
}

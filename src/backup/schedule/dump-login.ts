import * as core from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";
import { randomPassword } from "../../instance/password";
import type { ScheduleChildren } from "./children";
import { dumpRole } from "./names";
import { dumpDatabaseRole, dumpLoginMetadata } from "./render";

/** The role that dumps, with a password of its own: a Job that dumps every night can read everything and do nothing else. */
export function makeDumpLogin(children: ScheduleChildren): pulumi.Resource[] {
  const { name, context } = children;
  const password = randomPassword(`${name}-dump-password`, children.options());
  const secret = new core.Secret(
    `${name}-dump-login`,
    {
      metadata: context.apply(dumpLoginMetadata),
      type: "kubernetes.io/basic-auth",
      stringData: {
        username: context.apply(({ reference }) => dumpRole(reference.name)),
        password,
      },
    },
    children.options(),
  );
  const role = children.stayingCustom("dump-role", "DatabaseRole", dumpDatabaseRole, [secret]);
  return [secret, role];
}

import type * as pulumi from "@pulumi/pulumi";
import type { ApplicationChildren } from "../children";
import type { LoginLetter } from "../names";
import { sqlJobSeconds } from "../sql-job";
import type { DatabaseLinkArgs } from "./args";
import { sessionJob } from "./render";
import type { ResolvedLink } from "./resolve";

/**
 * Sessions of an owner's login begin as the owner, so that what they create is the owner's: only the login itself may say so.
 * @param letter which of the two logins of a rotation
 */
export function makeSession(
  args: DatabaseLinkArgs,
  children: ApplicationChildren,
  link: pulumi.Output<ResolvedLink>,
  dependsOn: pulumi.Resource[],
  letter?: LoginLetter,
): pulumi.Resource {
  return children.job(
    "session",
    link.apply(of => sessionJob(of, args, letter)),
    sqlJobSeconds,
    dependsOn,
  );
}

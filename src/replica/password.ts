import * as core from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";
import { ArgumentError } from "../argument-error";
import type { InstanceContext } from "../instance/children";
import { ofSource } from "./follow";

/**
 * The owner's password of an instance that is a copy: in the data it is the source's, so the connection Secret must have it too. After a
 * promotion for good it is what the instance's own Secret holds, because the source may be gone.
 * @param serviceAccount that of the instance, which is made together with it
 * @returns undefined where the password is given, or is the instance's own from the beginning
 */
export function sourcePassword(
  context: InstanceContext,
  serviceAccount: core.ServiceAccount,
): pulumi.Output<string> | undefined {
  const { name, args, instance, parent, sourceProvider } = context;
  const { follow, namespace, names, active } = instance;
  const given = args.password ?? args.passwordSecret;
  if (follow === undefined || active.copy === undefined || given !== undefined) return undefined;
  const there = ofSource(follow, namespace, named => `${named.namespace}/${named.passwordSecret}`);
  // Not known while the instance itself is not there: then the source may not be there either, and could not be read.
  const id = pulumi
    .all([serviceAccount.id, there])
    .apply(([, of]) => (follow.promoted ? `${namespace}/${names.ownerSecret}` : of));
  const secret = core.Secret.get(`${name}-source-password`, id, {
    parent,
    ...(follow.promoted ? {} : { provider: sourceProvider }),
  });
  const password = pulumi.all([secret.data, id]).apply(([data, of]) => {
    const found = (data as Record<string, string> | undefined)?.password;
    if (found !== undefined) return Buffer.from(found, "base64").toString("utf8");
    throw new ArgumentError({
      component: "PostgresInstance",
      resource: name,
      argument: "follow.source",
      value: of,
      problem: 'is a Secret without a key "password", and the copy has the password of its source.',
      remedy: "Give the Secret of the source's owner as passwordSecret of the source, or set password here.",
    });
  });
  return pulumi.secret(password);
}

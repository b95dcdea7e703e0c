import * as core from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";
import { ArgumentError } from "../argument-error";
import { labels as cnpgLabels } from "../cnpg/metadata";
import type { InstanceContext } from "./children";
import { passwordOf } from "./password";
import { connectionData, metadata } from "./render";

export interface Credentials {
  username: pulumi.Output<string>;
  password: pulumi.Output<string>;
  connection: core.Secret;
  secrets: pulumi.Resource[];
}

/** @param known the owner's password where it is that of another instance */
export function makeCredentials(
  context: InstanceContext,
  dependsOn: pulumi.Resource[],
  known?: pulumi.Output<string>,
): Credentials {
  const { children, name, args, instance } = context;
  const { username, password, secrets } =
    args.passwordSecret === undefined
      ? ownCredentials(context, dependsOn, known)
      : givenCredentials(context, args.passwordSecret, dependsOn);
  const connection = children.make(
    "connectionSecret",
    core.Secret,
    `${name}-connection`,
    {
      metadata: metadata(instance, args, instance.names.connectionSecret),
      type: "Opaque",
      stringData: pulumi.secret(
        pulumi.all([username, password]).apply(([user, word]) => connectionData(instance, user, word)),
      ),
    },
    { dependsOn },
  );
  return { username, password, connection, secrets: [...secrets, connection] };
}

function ownCredentials(
  context: InstanceContext,
  dependsOn: pulumi.Resource[],
  known: pulumi.Output<string> | undefined,
): Omit<Credentials, "connection"> {
  const { children, name, args, instance, parent } = context;
  const own = { component: "PostgresInstance", resource: name };
  const password = pulumi.secret(
    known ?? passwordOf(own, args.password, { parent, protect: false, retainOnDelete: false }),
  );
  const username = pulumi.output(instance.owner);
  const secret = children.make(
    "ownerSecret",
    core.Secret,
    `${name}-owner`,
    {
      metadata: metadata(instance, args, instance.names.ownerSecret, {
        labels: { [cnpgLabels.reload]: "true" },
      }),
      type: "kubernetes.io/basic-auth",
      stringData: { username, password },
    },
    { dependsOn },
  );
  return { username, password, secrets: [secret] };
}

function givenCredentials(
  { name, instance, parent }: InstanceContext,
  secretName: string,
  dependsOn: pulumi.Resource[],
): Omit<Credentials, "connection"> {
  const secret = core.Secret.get(`${name}-password`, `${instance.namespace}/${secretName}`, {
    parent,
    dependsOn,
  });
  const remedy = `Give a Secret of type kubernetes.io/basic-auth with the username "${instance.owner}" and a password.`;
  const refusal = (problem: string): ArgumentError =>
    new ArgumentError({
      component: "PostgresInstance",
      resource: name,
      argument: "passwordSecret",
      value: secretName,
      problem,
      remedy,
    });
  const decode = (key: string): pulumi.Output<string> =>
    secret.data.apply(data => {
      const value = data?.[key];
      if (value === undefined) throw refusal(`has no key "${key}".`);
      return Buffer.from(value, "base64").toString("utf8");
    });
  const username = decode("username").apply(found => {
    if (found !== instance.owner) throw refusal(`is for another user than the owner "${instance.owner}".`);
    return found;
  });
  return { username, password: pulumi.secret(decode("password")), secrets: [] };
}

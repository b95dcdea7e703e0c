import * as core from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";
import { labels as cnpgLabels } from "../../cnpg/metadata";
import type { PostgresInstance } from "../../instance/component";
import { passwordOf } from "../../instance/password";
import { databaseUrl, SslMode } from "../credentials";
import { caFolder } from "../login-environment";
import { besideInstance } from "../metadata";
import { Through } from "../through";
import type { DatabaseParts } from "./parts";
import { ownerName } from "./resolve";

/** How the owner of a database logs in. */
export interface OwnerLogin {
  username: pulumi.Input<string>;
  /** Secret. */
  password: pulumi.Output<string>;
  /** What holds it in the namespace of the instance, where it is made here. */
  secrets: pulumi.Resource[];
}

/** @param own the instance that was made for this database alone */
export function ownerLogin(parts: DatabaseParts, own: PostgresInstance | undefined): OwnerLogin {
  if (own !== undefined) return { username: own.username, password: own.password, secrets: [] };
  return parts.args.ofInstance === true ? loginOfInstance(parts) : newLogin(parts);
}

function newLogin({ name, args, children, resolved, account }: DatabaseParts): OwnerLogin {
  const username = ownerName(name, args);
  const password = passwordOf({ component: "Database", resource: name }, args.password, children.options());
  // Only Jobs of the cluster need it there.
  if (args.through === Through.Provider && args.migrations === undefined)
    return { username, password, secrets: [] };
  const url = pulumi
    .all([resolved, password])
    .apply(([{ instance, plan }, word]) =>
      jobUrl({ host: instance.host, port: instance.port, database: plan.database, username, password: word }),
    );
  const secret = children.secret(
    "owner-login",
    resolved.apply(({ instance, names }) =>
      besideInstance(instance, args, names.ownerSecret, { labels: { [cnpgLabels.reload]: "true" } }),
    ),
    "kubernetes.io/basic-auth",
    { username, password, DATABASE_URL: url },
    [account],
  );
  const readable = children.readable(
    "owner-secret",
    resolved.apply(({ instance }) => instance),
    resolved.apply(({ instance, names }) => besideInstance(instance, args, names.ownerSecret)),
    resolved.apply(({ names }) => [names.ownerSecret]),
    [account],
  );
  return { username, password, secrets: [secret, ...readable] };
}

/** The login that the instance was made with, read from its Secret. */
function loginOfInstance({ name, children, resolved, account }: DatabaseParts): OwnerLogin {
  // Not known while the instance itself may not be there.
  const id = pulumi
    .all([resolved, account.id])
    .apply(([{ instance }]) => `${instance.namespace}/${instance.passwordSecret}`);
  const { parent, dependsOn } = children.options([account]);
  const secret = core.Secret.get(`${name}-owner-login`, id, { parent, dependsOn });
  const decoded = (key: string): pulumi.Output<string> =>
    pulumi.all([secret.data, id]).apply(([data, of]) => {
      const value = (data as Record<string, string> | undefined)?.[key];
      if (value === undefined) throw new Error(`Secret ${of} has no key "${key}".`);
      return Buffer.from(value, "base64").toString("utf8");
    });
  return {
    username: resolved.apply(({ plan }) => plan.owner),
    password: pulumi.secret(decoded("password")),
    secrets: [],
  };
}

/** The URL as a Job of the cluster uses it, which has the certificate in another folder than applications. */
function jobUrl(login: Omit<Parameters<typeof databaseUrl>[0], "directory">): string {
  return databaseUrl({ ...login, directory: caFolder }, SslMode.VerifyFull);
}

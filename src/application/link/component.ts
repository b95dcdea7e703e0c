import type * as core from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";
import { labels as cnpgLabels } from "../../cnpg/metadata";
import { passwordOf } from "../../instance/password";
import { known, shownEarly } from "../../known";
import { Access } from "../access";
import { applicationSecret, authorityCopy, bindingDirectory } from "../access-secret";
import { ApplicationChildren } from "../children";
import {
  type BindingMount,
  type BindingVariable,
  bindingVolume,
  type BindingVolume,
  environmentOf,
} from "../credentials";
import { Database } from "../database/component";
import { besideInstance } from "../metadata";
import { kubernetesName } from "../names";
import { following } from "../following";
import { networkEdge } from "../network-edge";
import type { DatabaseReference } from "../reference";
import type { DatabaseLinkArgs } from "./args";
import { loginByProvider } from "../provider/login";
import type { DatabasePlan } from "../plan";
import { providerPlan } from "../provider-plan";
import { serverOptions, waitingPassword } from "../server-provider";
import { linkRoleManifest } from "./render";
import { makeRotation, type RotatedLinkArgs } from "./rotation";
import { loginPlan, type ResolvedLink } from "./resolve";
import { makeSession } from "./session";
import { checkedLink, validateLink } from "./validate";

/**
 * Lets an application into a database with a role of its own that has exactly the rights it needs, and a Secret in its namespace. When the link is
 * removed, role, Secret and the way through the network go with it; the data stays.
 *
 * @example
 * const web = new DatabaseLink("web", { database: shop.reference, namespace: "shop", access: "readWrite" });
 * const reports = new DatabaseLink("reports", { database: shop.reference, namespace: "bi", access: "readOnly" });
 */
export class DatabaseLink extends pulumi.ComponentResource {
  /** Role in PostgreSQL; with rotation the one that both logins inherit. */
  public readonly role: pulumi.Output<string>;
  /** What it may do. */
  public readonly access: pulumi.Output<Access>;
  /** Name of the database. */
  public readonly database: pulumi.Output<string>;
  /** DNS name that the application connects to. */
  public readonly host: pulumi.Output<string>;
  /** Port of the server. */
  public readonly port: pulumi.Output<number>;
  /** Name of the Secret in the namespace of the application. */
  public readonly secretName: pulumi.Output<string>;
  /** Namespace of the application. */
  public readonly namespace: pulumi.Output<string>;
  /** Changes with the content of the Secret: as an annotation of pods it rolls them with their credentials. */
  public readonly revision: pulumi.Output<string>;
  /** Variables for the application's containers, read from the Secret. */
  public readonly environment: pulumi.Output<BindingVariable[]>;
  /** Volume for the application's pods: a servicebinding.io directory, and the certificate that `verify-full` needs. */
  public readonly volumes: pulumi.Output<BindingVolume[]>;
  /** Where the application's containers mount it. */
  public readonly volumeMounts: pulumi.Output<BindingMount[]>;

  /** @throws ArgumentError naming each wrong argument, before anything is created. */
  constructor(name: string, args: DatabaseLinkArgs, opts?: pulumi.ComponentResourceOptions) {
    validateLink(name, args);
    const database = args.database as pulumi.Input<DatabaseReference>;
    const plain = known(database);
    if (plain !== undefined) checkedLink(name, args, plain);
    super("pulumi-cnpg:index:DatabaseLink", name, {}, opts);
    const link = shownEarly(database).apply(of => checkedLink(name, args, of));
    const children = new ApplicationChildren(name, this, opts?.dependsOn);
    const account = children.account(
      "link",
      link.apply(({ database, names }) => besideInstance(database.instance, args, names.account)),
    );
    const content = link.apply(({ database, ...rest }) => ({
      ...rest,
      instance: database.instance,
      database: database.database,
    }));
    const login = makeLogin({ name, args, children, link, account, content });
    const authority = authorityCopy(children, args, content, account);
    const ends = link.apply(({ database, namespace, names }) => ({
      instance: database.instance,
      namespace,
      name: names.networkPolicy,
    }));
    const edge = plain?.instance.restricted === true ? [networkEdge(children, args, ends, account)] : [];

    const made = following([...login.ready, authority, ...edge], link);
    const volume = made.apply(({ database, secret: of, certificate }) =>
      bindingVolume(kubernetesName(database.database), of, of, certificate),
    );
    this.role = link.apply(({ role }) => role.role);
    this.access = pulumi.output(args.access ?? Access.ReadWrite);
    this.database = link.apply(({ database }) => database.database);
    this.host = link.host;
    this.port = link.apply(({ database }) => database.instance.port);
    this.revision = login.revision;
    this.secretName = made.apply(of => of.secret);
    this.namespace = pulumi.output(args.namespace ?? "default");
    this.environment = made.apply(of =>
      environmentOf(of.secret, args.environmentNames, args.environmentPrefix),
    );
    this.volumes = volume.apply(of => [of]);
    this.volumeMounts = made.apply(({ database }) => [
      {
        name: kubernetesName(database.database),
        mountPath: bindingDirectory(database.database),
        readOnly: true,
      },
    ]);
    this.registerOutputs({
      role: this.role,
      access: this.access,
      database: this.database,
      host: this.host,
      port: this.port,
      secretName: this.secretName,
      revision: this.revision,
      namespace: this.namespace,
      environment: this.environment,
      volumes: this.volumes,
      volumeMounts: this.volumeMounts,
    });
  }
}

type Content = Parameters<typeof applicationSecret>[2];

/** What the link is made of. */
interface LinkParts {
  name: string;
  args: DatabaseLinkArgs;
  children: ApplicationChildren;
  link: pulumi.Output<ResolvedLink>;
  account: core.ServiceAccount;
  content: Content;
}

/** The login in the server, and the Secret in the namespace of the application. */
function makeLogin(parts: LinkParts): Made {
  const { name, args, children, link, account, content } = parts;
  if (isRotated(args)) {
    const group = makeRole(parts, []);
    const ready = makeRotation(args, children, link, account, group);
    // Its content is the rotation's affair.
    return { ready, revision: pulumi.output("rotated") };
  }
  if (args.clientCertificate === true) {
    const role = makeRole(parts, []);
    const user = { username: link.apply(of => of.role.role) };
    const certified = applicationSecret(children, args, content, user, args.sslMode, [role]);
    return { ready: [certified], revision: certified.metadata.resourceVersion };
  }
  const password = passwordOf(
    { component: "DatabaseLink", resource: name },
    args.password,
    children.options(),
  );
  const username = link.apply(({ role }) => role.role);
  const plan = providerPlan(args.database);
  const ready =
    plan === undefined ? makeInCluster(parts, username, password) : makeByProvider(parts, plan, password);
  const secret = applicationSecret(children, args, content, { username, password }, args.sslMode, ready);
  return { ready: [secret], revision: secret.metadata.resourceVersion };
}

interface Made {
  ready: pulumi.Resource[];
  revision: pulumi.Output<string>;
}

function isRotated(args: DatabaseLinkArgs): args is RotatedLinkArgs {
  return args.rotation !== undefined;
}

function makeRole(
  { args, children, link, account }: LinkParts,
  dependsOn: pulumi.Resource[],
): pulumi.Resource {
  return children.owned(
    "role",
    "DatabaseRole",
    link.apply(of => linkRoleManifest(of, args)),
    account,
    dependsOn,
  );
}

function makeInCluster(
  parts: LinkParts,
  username: pulumi.Output<string>,
  password: pulumi.Output<string>,
): pulumi.Resource[] {
  const { args, children, link, account } = parts;
  const login = children.secret(
    "login",
    link.apply(({ database, names }) =>
      besideInstance(database.instance, args, names.loginSecret(), {
        labels: { [cnpgLabels.reload]: "true" },
      }),
    ),
    "kubernetes.io/basic-auth",
    { username, password },
    [account],
  );
  const readable = children.readable(
    "login-secret",
    link.apply(({ database }) => database.instance),
    link.apply(({ database, names }) => besideInstance(database.instance, args, `${names.account}-login`)),
    link.apply(({ names }) => [names.loginSecret()]),
    [account],
  );
  const role = makeRole(parts, [login, ...readable]);
  if (args.access !== Access.Owner) return [role];
  return [role, makeSession(args, children, link, [account, login, role])];
}

function makeByProvider(
  { name, args, children, link }: LinkParts,
  database: DatabasePlan,
  password: pulumi.Output<string>,
): pulumi.Resource[] {
  // The login of a link that is removed is dropped, whatever becomes of the database.
  const plan: DatabasePlan = { ...database, reclaim: "delete" };
  return loginByProvider(
    `${name}-role`,
    plan,
    loginPlan(name, args, database),
    waitingPassword(password, link),
    serverOptions("DatabaseLink", children),
  );
}

/**
 * Links an application to a database: `new DatabaseLink(…)` under the name of the application.
 *
 * @param database `reference` of a {@link Database}, or the component
 * @example
 * const web = link(shop, { application: "web", namespace: "shop", access: "readOnly" });
 */
export function link(
  database: pulumi.Input<DatabaseReference> | Database,
  args: Omit<DatabaseLinkArgs, "database"> & { application: string },
  opts?: pulumi.ComponentResourceOptions,
): DatabaseLink {
  const reference = database instanceof Database ? database.reference : database;
  return new DatabaseLink(args.application, { ...args, database: reference }, opts);
}

import type * as core from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";
import { PostgresInstance } from "../../instance/component";
import type { InstanceReference } from "../../instance/reference";
import { known, remember, shownEarly } from "../../known";
import { applicationSecret, authorityCopy, bindingDirectory } from "../access-secret";
import { ApplicationChildren } from "../children";
import {
  type BindingMount,
  type BindingVariable,
  bindingVolume,
  type BindingVolume,
  databaseUrl,
  environmentOf,
  SslMode,
} from "../credentials";
import { besideInstance } from "../metadata";
import { kubernetesName, ownInstanceName } from "../names";
import { networkEdge } from "../network-edge";
import { rememberPlan } from "../provider-plan";
import type { DatabaseReference } from "../reference";
import { Through } from "../through";
import type { DatabaseArgs } from "./args";
import { following } from "../following";
import { checkedDatabase } from "./checked-database";
import { ownerLogin } from "./owner-login";
import { databaseName, databasePlan, ownInstanceArgs, resolveDatabase, secretNameOf } from "./resolve";
import { makeServerSide } from "./server-side";
import { instanceProblem, validateDatabase } from "./validate";

// Not a field: the multi-language schema takes every field for an output, and refuses resources.
const secrets = new WeakMap<Database, core.Secret>();

/**
 * A database for an application: the database with its owner, extensions and schemas, in an instance of its own or in a shared one, rights for
 * those who are not the owner, and a Secret in the namespace of the application with everything it needs to log in.
 *
 * Removing it keeps the database and its data, unless `deletion` was set in an update before.
 *
 * @example
 * const shop = new Database("shop", { extensions: ["pgcrypto"], storageSize: "20Gi" }, { dependsOn: operator });
 * const reports = new Database("reports", { instance: orders.reference, namespace: "reporting" });
 */
export class Database extends pulumi.ComponentResource {
  /** Name of the database. */
  public readonly database: pulumi.Output<string>;
  /** Role that owns it, and that the Secret is for. */
  public readonly username: pulumi.Output<string>;
  /** Password of that role (secret). */
  public readonly password: pulumi.Output<string>;
  /** DNS name of the server inside the cluster. */
  public readonly host: pulumi.Output<string>;
  /** Port of the server. */
  public readonly port: pulumi.Output<number>;
  /** What the Secret has as `DATABASE_URL` (secret). */
  public readonly connectionString: pulumi.Output<string>;
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
  /** What links need to know. */
  public readonly reference: pulumi.Output<DatabaseReference>;

  /** @throws ArgumentError naming each wrong argument, before anything is created. */
  constructor(name: string, args: DatabaseArgs = {}, opts?: pulumi.ComponentResourceOptions) {
    validateDatabase(name, args);
    const early = args.instance === undefined ? undefined : known(args.instance);
    if (early !== undefined) checkedDatabase(name, args, early);
    super("pulumi-cnpg:index:Database", name, {}, opts);
    const own = args.instance === undefined ? this.#ownInstance(name, args, opts) : undefined;
    const instance = (own?.reference ?? args.instance) as pulumi.Input<InstanceReference>;
    const plain = known(instance);
    const resolved = shownEarly(instance).apply(reference => checkedDatabase(name, args, reference));
    const children = new ApplicationChildren(name, this, opts?.dependsOn);
    const content = resolved.apply(({ plan, ...rest }) => ({ ...rest, database: plan.database }));
    const account = children.account(
      "database",
      resolved.apply(({ instance: of, names }) => besideInstance(of, args, names.account)),
      own === undefined ? [] : [own],
    );
    const parts = { name, args, children, resolved, account, plain };
    const login = ownerLogin(parts, own);
    const ready = makeServerSide(parts, login);
    const secret = applicationSecret(children, args, content, login, args.sslMode, ready);
    const authority = authorityCopy(children, args, content, account);
    if (plain?.restricted === true)
      networkEdge(
        children,
        args,
        resolved.apply(of => ({ ...of, name: of.names.account })),
        account,
      );

    const database = databaseName(name, args);
    const directory = bindingDirectory(database);
    const secretName = secretNameOf(name, args);
    const volume = bindingVolume(kubernetesName(database), secretName, secretName);
    const after = [secret, authority];
    secrets.set(this, secret);
    this.database = pulumi.output(database);
    this.username = pulumi.output(login.username);
    this.password = login.password;
    this.host = resolved.host;
    this.port = resolved.apply(({ instance: of }) => of.port);
    this.connectionString = pulumi.secret(
      pulumi
        .all([resolved, login.username, login.password])
        .apply(([{ instance: of, host }, username, password]) =>
          databaseUrl(
            { host, port: of.port, database, username, password, directory },
            args.sslMode ?? SslMode.VerifyFull,
          ),
        ),
    );
    this.revision = secret.metadata.resourceVersion;
    this.secretName = secret.metadata.name;
    this.namespace = pulumi.output(args.namespace ?? "default");
    this.environment = following(after, environmentOf(secretName, args.environmentNames));
    this.volumes = following(after, [volume]);
    this.volumeMounts = following(after, [{ name: volume.name, mountPath: directory, readOnly: true }]);
    const reference = following(
      ready,
      resolved.apply(of => of.reference),
    );
    this.reference =
      plain === undefined ? reference : remember(reference, resolveDatabase(name, args, plain).reference);
    if (args.through === Through.Provider) rememberPlan(this.reference, databasePlan(name, args));
    this.registerOutputs({
      database: this.database,
      username: this.username,
      password: this.password,
      host: this.host,
      port: this.port,
      connectionString: this.connectionString,
      secretName: this.secretName,
      revision: this.revision,
      namespace: this.namespace,
      environment: this.environment,
      volumes: this.volumes,
      volumeMounts: this.volumeMounts,
      reference: this.reference,
    });
  }

  /** The Secret in the namespace of the application. */
  get secret(): core.Secret {
    return secrets.get(this) as core.Secret;
  }

  #ownInstance(
    name: string,
    args: DatabaseArgs,
    opts: pulumi.ComponentResourceOptions | undefined,
  ): PostgresInstance {
    return new PostgresInstance(ownInstanceName(databaseName(name, args)), ownInstanceArgs(name, args), {
      parent: this,
      dependsOn: opts?.dependsOn,
      tell: problem => instanceProblem(name, problem),
    });
  }
}

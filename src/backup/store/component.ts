import * as apiextensions from "@pulumi/kubernetes/apiextensions";
import * as core from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";
import { barmanCloudApiVersion } from "../../cnpg/object";
import { type ChildTransform, combine } from "../../instance/children";
import { takesHooks } from "../../instance/record";
import { jobName } from "../../jobs/job";
import type { BackupStoreArgs } from "./args";
import { movedWarning } from "./compare";
import { withChecks } from "./leaves";
import type { BackupStoreReference } from "./reference";
import { type RenderedStore, renderStore, restartsOf, type StoreManifest } from "./render";
import { storeWarnings, validateStore } from "./validate";

/** The children of a store that can be changed, by what they are. */
export interface BackupStoreTransforms {
  /** Both ObjectStores. */
  objectStore?: ChildTransform;
  secret?: ChildTransform;
}

/** Options of {@link BackupStore}. */
export interface BackupStoreOptions extends pulumi.ComponentResourceOptions {
  /** Changes single children before they are registered, where neither an argument nor `overrides` reaches. */
  transform?: BackupStoreTransforms;
}

class ObjectStore extends apiextensions.CustomResource {
  constructor(name: string, args: object, opts: pulumi.CustomResourceOptions) {
    super(name, { apiVersion: barmanCloudApiVersion, kind: "ObjectStore", ...args }, opts);
  }
}

/**
 * A place for backups: WAL, base backups and dumps of the instances that name it. It makes an ObjectStore of the Barman Cloud plugin, a second
 * one by which instances are made from a backup, and a Secret for credentials that are given as values.
 *
 * @example
 * const store = new BackupStore("backups", {
 *   namespace: "shop",
 *   azure: { account: "shopbackups", container: "backups", credentials: { workloadIdentity: { clientId } } },
 * });
 * new PostgresInstance("orders", { namespace: "shop", backup: { store: store.reference } });
 */
export class BackupStore extends pulumi.ComponentResource {
  /** What instances, restores and schedules take as their store. */
  public readonly reference: pulumi.Output<BackupStoreReference>;
  /** Name of the ObjectStore. */
  public readonly storeName: pulumi.Output<string>;
  /** Namespace of the ObjectStore. */
  public readonly namespace: pulumi.Output<string>;
  /** Where Barman writes. */
  public readonly destinationPath: pulumi.Output<string>;

  /**
   * @throws ArgumentError naming each wrong argument, before anything is created.
   */
  constructor(name: string, args: BackupStoreArgs, opts?: BackupStoreOptions) {
    validateStore(name, args);
    const { transform = {}, ...options } = opts ?? {};
    super("pulumi-cnpg:index:BackupStore", name, {}, options);
    for (const warning of storeWarnings(args)) void pulumi.log.warn(warning, this);
    const store = renderStore(name, withChecks(name, args));
    const child = (
      manifest: StoreManifest,
      needs: pulumi.Resource[],
      hooks?: pulumi.ResourceHookBinding,
    ): pulumi.CustomResourceOptions => ({
      parent: this,
      // All children are kept together, and follow the component's own protect.
      retainOnDelete: args.keepData ?? true,
      dependsOn: combine(options.dependsOn, needs),
      hooks,
      ...(args.adopt === true ? adoption(manifest) : {}),
    });
    const secret = makeSecret(`${name}-credentials`, store, child, transform.secret);
    const makeStore = (
      storeName: string,
      manifest: StoreManifest,
      hooks?: pulumi.ResourceHookBinding,
    ): ObjectStore =>
      transformed(ObjectStore, storeName, manifest, child(manifest, secret, hooks), transform.objectStore);
    const archive = makeStore(`${name}-store`, store.archive, destinationHooks(name, this));
    const restore = makeStore(`${name}-restore`, store.restore);

    this.reference = pulumi
      .all([referenceTo(store), archive.metadata, restore.metadata])
      .apply(([reference]) => reference);
    this.storeName = archive.metadata.apply(() => store.name);
    this.namespace = archive.metadata.apply(() => store.namespace);
    this.destinationPath = pulumi.output(store.destination);
    this.registerOutputs({
      reference: this.reference,
      storeName: this.storeName,
      namespace: this.namespace,
      destinationPath: this.destinationPath,
    });
  }
}

type ChildOptions = (manifest: StoreManifest, needs: pulumi.Resource[]) => pulumi.CustomResourceOptions;

function makeSecret(
  name: string,
  { secret }: RenderedStore,
  child: ChildOptions,
  change: ChildTransform | undefined,
): core.Secret[] {
  if (secret === undefined) return [];
  const args = { ...secret, stringData: pulumi.secret(secret.stringData) };
  return [transformed(core.Secret, name, args, child(secret, []), change)];
}

function transformed<T, A extends object>(
  type: new (name: string, args: A, opts: pulumi.CustomResourceOptions) => T,
  name: string,
  args: A,
  opts: pulumi.CustomResourceOptions,
  change: ChildTransform | undefined,
): T {
  const changed = change?.(args as Record<string, unknown>, opts, name);
  return new type(name, (changed?.args as A | undefined) ?? args, changed?.opts ?? opts);
}

/** An import must not change what it takes over; the next update, without `adopt`, applies the arguments. */
function adoption({
  metadata,
}: StoreManifest): Pick<pulumi.CustomResourceOptions, "import" | "ignoreChanges"> {
  return {
    import: `${metadata.namespace}/${metadata.name}`,
    ignoreChanges: ["metadata", "spec", "data", "stringData", "type"],
  };
}

function referenceTo(store: RenderedStore): pulumi.Output<BackupStoreReference> {
  const { name, restoreName, namespace, secrets, recoveryWindowDays } = store;
  const { serviceAccountAnnotations, podLabels } = store.credentials;
  const plain = { name, restoreName, namespace, secrets, recoveryWindowDays, sidecar: store.sidecar };
  return pulumi
    .output({ annotations: serviceAccountAnnotations, restarts: restartsOf(store) })
    .apply(({ annotations, restarts }) => ({
      ...plain,
      rollout: jobName("rollout", { operation: "", request: restarts, image: "" }),
      ...(Object.keys(annotations).length > 0 ? { serviceAccountAnnotations: annotations } : {}),
      ...(Object.keys(podLabels).length > 0 ? { podLabels } : {}),
    }));
}

/** Says at preview that another place is another archive. */
function destinationHooks(name: string, parent: pulumi.Resource): pulumi.ResourceHookBinding | undefined {
  if (!takesHooks()) return undefined;
  const hook = new pulumi.ResourceHook(
    `${name}-compare-destination`,
    ({ oldInputs, newInputs }) => {
      const warning = movedWarning(oldInputs, newInputs);
      if (warning !== undefined) void pulumi.log.warn(warning, parent);
    },
    { onDryRun: true },
  );
  return { beforeUpdate: [hook] };
}

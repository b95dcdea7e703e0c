import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import { StorageClass } from "@pulumi/kubernetes/storage/v1";
import * as pulumi from "@pulumi/pulumi";
import { ArgumentError } from "../../argument-error";
import type { StorageArgs } from "../../instance/args";
import { nearest } from "../../nearest";
import type { AzureDiskArgs, AzureStorageClassesArgs } from "./args";
import { snapshotClass, storageClass } from "./render";
import { classesWarnings, defaultSize, gibOf, largestGib, validateClasses } from "./validate";

/**
 * Classes of volumes on Azure's disks, and of snapshots of them.
 *
 * @example
 * const disks = new AzureStorageClasses(
 *   "disks",
 *   { classes: [{ name: "postgres", kind: "premiumV2", size: "64Gi", intent: "transactions" }] },
 *   { provider: platform.provider },
 * );
 * new PostgresInstance("orders", { storage: disks.storage("postgres", "64Gi") }, { dependsOn: disks });
 */
export class AzureStorageClasses extends pulumi.ComponentResource {
  /** Names of the StorageClasses, in the order of `classes`. */
  public readonly classNames: pulumi.Output<string[]>;
  /** Name of the VolumeSnapshotClass; empty when none was asked for. */
  public readonly snapshotClassName: pulumi.Output<string>;
  readonly #name: string;
  readonly #classes: readonly AzureDiskArgs[];

  /**
   * @throws ArgumentError naming each wrong argument, before anything is created.
   */
  constructor(name: string, args: AzureStorageClassesArgs, opts?: pulumi.ComponentResourceOptions) {
    validateClasses(name, args);
    super("pulumi-cnpg:azure:AzureStorageClasses", name, {}, opts);
    this.#name = name;
    this.#classes = args.classes;
    for (const warning of classesWarnings(args)) void pulumi.log.warn(warning, this);
    // Parameters of a class cannot be changed, and its name is taken while it exists. Volumes do not mind.
    const child = { parent: this, protect: false, deleteBeforeReplace: true, dependsOn: opts?.dependsOn };
    const classes = args.classes.map(
      disk => new StorageClass(`${name}-${disk.name}`, storageClass(disk, args.tags), child),
    );
    const snapshots = snapshotClass(args);
    const snapshotsMade =
      snapshots === undefined ? undefined : new CustomResource(`${name}-snapshots`, snapshots, child);
    this.classNames = pulumi.all(classes.map(made => made.metadata.name));
    this.snapshotClassName =
      snapshotsMade?.metadata.apply(() => snapshots?.metadata.name ?? "") ?? pulumi.output("");
    this.registerOutputs({ classNames: this.classNames, snapshotClassName: this.snapshotClassName });
  }

  /**
   * What an instance takes as `storage`: a volume of the class, whose size is checked against Azure's limits.
   * @throws ArgumentError for a class that there is not, and for a size the class is not for
   */
  storage(className: string, size: string): StorageArgs {
    const refuse = (argument: string, value: string, problem: string, remedy: string): never => {
      throw new ArgumentError({
        component: "AzureStorageClasses",
        resource: this.#name,
        argument,
        value,
        problem,
        remedy,
      });
    };
    const disk = this.#classes.find(({ name }) => name === className);
    const names = this.#classes.map(({ name }) => name);
    if (disk === undefined)
      return refuse(
        "storage(className)",
        className,
        "is not one of the classes.",
        `These are: ${names.join(", ")}; nearest is "${nearest(className, names) ?? names[0]}".`,
      );
    const [wanted, least] = [gibOf(size), gibOf(disk.size ?? defaultSize) ?? 0];
    const most = largestGib(disk.kind) ?? Number.POSITIVE_INFINITY;
    if (wanted === undefined)
      return refuse(
        "storage(size)",
        size,
        "is not a quantity greater than zero.",
        'Write for example "64Gi".',
      );
    if (wanted < least || wanted > most)
      return refuse(
        "storage(size)",
        size,
        wanted < least
          ? `is less than the ${least} GiB that the class is for; Azure may refuse its operations and throughput.`
          : `is more than Azure makes of this kind, ${most} GiB.`,
        `Nearest is "${wanted < least ? least : most}Gi".`,
      );
    return { size, storageClass: className };
  }
}

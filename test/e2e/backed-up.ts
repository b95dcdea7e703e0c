import * as kubernetes from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
import {
  BackupStore,
  type BackupStoreArgs,
  PostgresInstance,
  type PostgresInstanceArgs,
  type VolumeSnapshotArgs,
} from "../../src";
import type { Harness, SpecStore } from "./harness";
import { small } from "./orders";

/** What a program that archives makes besides its instances, from the store's and the instances' references. */
export type More = (made: {
  namespace: string;
  store: BackupStore;
  instances: Record<string, PostgresInstance>;
  provider: kubernetes.Provider;
}) => void;

/** An instance that archives into the store of a spec, perhaps with volume snapshots. */
export type BackedUpArgs = PostgresInstanceArgs & { snapshots?: VolumeSnapshotArgs };

/** A program of instances that archive into the store of a spec, by name. */
export function backedUp(
  { destinationPath, connectionString }: SpecStore,
  instances: Record<string, BackedUpArgs> = { orders: {} },
  more: More = () => undefined,
  setting: Partial<BackupStoreArgs> = {},
): (namespace: string) => Promise<Record<string, unknown>> {
  return async namespace => {
    const provider = new kubernetes.Provider("kubernetes", {
      enableSecretMutable: true,
      enableConfigMapMutable: true,
    });
    const store = new BackupStore(
      "backups",
      {
        namespace,
        azure: {
          destination: destinationPath,
          credentials: { connectionString: pulumi.secret(connectionString) },
        },
        keepData: false,
        sidecar: { cpu: "20m" },
        // A spread checkpoint would take minutes of every backup.
        immediateCheckpoint: true,
        ...setting,
      },
      { provider },
    );
    const made: Record<string, PostgresInstance> = {};
    const outputs: Record<string, unknown> = {};
    for (const [name, { snapshots, ...args }] of Object.entries(instances)) {
      const backup = { store: store.reference, ...(snapshots && { snapshots }) };
      const instance = new PostgresInstance(name, { ...small, namespace, backup, ...args }, { provider });
      made[name] = instance;
      outputs[name] = instance.reference;
      outputs[`${name}Tombstone`] = instance.tombstone;
    }
    more({ namespace, store, instances: made, provider });
    return outputs;
  };
}

/** Takes a base backup by a Backup object alone, and gives back its name in the archive. */
export async function takeBaseBackup(
  bench: Harness,
  namespace: string,
  cluster: string,
  name: string,
): Promise<string> {
  const backup = {
    apiVersion: "postgresql.cnpg.io/v1",
    kind: "Backup",
    metadata: { name, namespace },
    spec: {
      cluster: { name: cluster },
      method: "plugin",
      pluginConfiguration: { name: "barman-cloud.cloudnative-pg.io" },
    },
  };
  await bench.apply(backup);
  const read = (path: string): Promise<string> =>
    bench.field(namespace, `backups.postgresql.cnpg.io/${name}`, path);
  await bench.waitUntil(
    async () => {
      const phase = await read(".status.phase");
      if (phase === "failed") throw new Error(await read(".status.error"));
      return phase === "completed";
    },
    `base backup ${name}`,
    180,
  );
  return read(".status.backupId");
}

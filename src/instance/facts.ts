import { type AvailabilityFigures, availabilityFigures } from "../availability/promise";
import type { CustomCheckArgs } from "../health/custom-check";
import type { BackupStoreReference } from "../backup/store/reference";
import type { PoolerFacts } from "../pooler/reference";
import { type ConnectionBudget, connectionBudget } from "../pooler/size";
import { leafOf } from "../leaf";
import type { ReplicaRequirements } from "../replica/follow-args";
import { requirementsOf } from "../replica/requirements";
import type { PostgresInstanceArgs } from "./args";
import type { ResolvedInstance } from "./resolve";

/** Plain facts of an instance, kept on its Service for those who know only its name. Holds no secret. */
export interface InstanceFacts {
  major: number;
  instances: number;
  database: string;
  owner: string;
  passwordSecret: string;
  hibernated: boolean;
  jobsImage: string;
  jobsImagePullPolicy: string;
  store?: BackupStoreReference;
  /** Name of the active generation's archive in the store. */
  archive?: string;
  /** What loss and what interruption it is made for; absent from instances of older versions. */
  availability?: AvailabilityFigures;
  /** Lag of a standby that is too much, bytes. */
  maxLagBytes?: number;
  /** Query that `pulumi-cnpg status` asks whether it is well. */
  customCheck?: CustomCheckArgs;
  /** PgBouncer in front of it. */
  pooler?: PoolerFacts;
  /** What its followers must at least have; absent from facts of older versions. */
  requirements?: ReplicaRequirements;
  /** Image of the servers; absent from facts of older versions. */
  image?: string;
  /** Connections of its servers; absent from facts of older versions. */
  connections?: ConnectionBudget;
  /** Whether only named clients may connect. */
  restricted?: boolean;
}

/** @param store where the instance archives */
export function factsOf(instance: ResolvedInstance, store?: BackupStoreReference): InstanceFacts {
  const { instances, database, owner, passwordSecret, hibernated, jobsImage, jobsImagePullPolicy } = instance;
  const { restricted } = instance;
  const { maxLagBytes } = instance.availability;
  const { pooler } = instance;
  const { major, archive, storage, server } = instance.active;
  return {
    major,
    instances,
    database,
    owner,
    passwordSecret,
    hibernated,
    jobsImage,
    jobsImagePullPolicy,
    availability: availabilityFigures(instance.availability),
    ...(maxLagBytes === undefined ? {} : { maxLagBytes }),
    requirements: requirementsOf(storage.size, server.parameters),
    image: instance.active.image,
    connections: connectionBudget(major, server.parameters),
    ...(restricted ? { restricted } : {}),
    ...(store === undefined ? {} : { store, archive }),
    ...(pooler === undefined
      ? {}
      : {
          pooler: {
            mode: pooler.mode,
            types: pooler.types,
            pause: pooler.pause,
            connections: pooler.connections,
          },
        }),
  };
}

/** The facts as the annotation holds them; not known before the store is. */
export function factsText(
  instance: ResolvedInstance,
  { backup, healthMonitor }: PostgresInstanceArgs,
): string {
  const customCheck = healthMonitor?.customCheck;
  const text = (facts: InstanceFacts): string =>
    JSON.stringify({ ...facts, ...(customCheck === undefined ? {} : { customCheck }) });
  if (backup === undefined) return text(factsOf(instance));
  return leafOf(backup.store, store => text(factsOf(instance, store)));
}

import type { AvailabilityFigures } from "../availability/promise";
import type { BackupStoreReference } from "../backup/store/reference";
import type { PoolMode } from "../cnpg/pooler";
import { poolerReference } from "../pooler/reference";
import type { ConnectionBudget } from "../pooler/size";
import type { ReplicaRequirements } from "../replica/follow-args";
import type { InstanceFacts } from "./facts";
import { clusterName, instanceNames, serviceHost } from "./names";
import { port } from "./render";

/** What others need to know of an instance: replicas, backup schedules, databases and links take it. Holds no secret. */
export interface InstanceReference {
  /** Name of the instance. */
  name: string;
  /** Namespace of the instance. */
  namespace: string;
  /** The generation that serves clients. */
  generation: string;
  /** Name of that generation's Cluster. */
  clusterName: string;
  /** Major version of PostgreSQL. */
  major: number;
  /** Number of PostgreSQL instances. */
  instances: number;
  /** The application database. */
  database: string;
  /** Role that owns it. */
  owner: string;
  /** DNS name of the primary inside the cluster. */
  host: string;
  /** DNS name of the standbys; of the primary when there is no standby. */
  hostReadOnly: string;
  /** DNS name of every instance. */
  hostAny: string;
  /** DNS name of the primary's pooler, where it has one. */
  hostPooler?: string;
  /** DNS name of the standbys' pooler, where they have one. */
  hostPoolerReadOnly?: string;
  /** When that pooler takes a server connection back, where there is one. */
  poolMode?: PoolMode;
  /** Port of PostgreSQL. */
  port: number;
  /** Secret with everything an application needs to connect. */
  connectionSecret: string;
  /** Secret with user name and password of the owner. */
  passwordSecret: string;
  /** ConfigMap with the certificate of the authority under `ca.crt`. */
  caConfigMap: string;
  /** ServiceAccount the pods run under. */
  serviceAccount: string;
  /** Where it archives. */
  store?: BackupStoreReference;
  /** Name of the active generation's archive in the store. */
  archive?: string;
  /** What loss and what interruption it is made for. */
  availability?: AvailabilityFigures;
  /** Lag of a standby that is too much, bytes. */
  maxLagBytes?: number;
  /** What its followers must at least have; unknown of instances that an older version made. */
  requirements?: ReplicaRequirements;
  /** Image of the servers; unknown of instances that an older version made. */
  image?: string;
  /** Connections of each server; unknown of instances that an older version made. */
  connections?: ConnectionBudget;
  /** Most server connections of its poolers, where it has one. */
  poolerConnections?: number;
  /** Whether only named clients may connect. */
  restricted?: boolean;
  /** Whether it is shut down with its volumes kept. */
  hibernated: boolean;
  /** Image of its Jobs. */
  jobsImage: string;
  /** Pull policy of that image. */
  jobsImagePullPolicy: string;
}

/** The reference of an instance, from its name and the facts its Service carries. */
export function referenceTo(
  name: string,
  namespace: string,
  generation: string,
  { pooler, ...facts }: InstanceFacts,
): InstanceReference {
  const names = instanceNames(name);
  return {
    name,
    namespace,
    generation,
    clusterName: clusterName(name, generation),
    ...facts,
    host: serviceHost(names.service, namespace),
    hostReadOnly: serviceHost(names.readOnlyService, namespace),
    hostAny: serviceHost(names.anyService, namespace),
    ...poolerReference({ name, namespace, pooler }),
    port,
    connectionSecret: names.connectionSecret,
    caConfigMap: names.certificateAuthority,
    serviceAccount: names.serviceAccount,
  };
}

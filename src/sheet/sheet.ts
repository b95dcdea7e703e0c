import type { AvailabilityFigures } from "../availability/promise";

/** CPU and memory that are requested, or that are the limit. */
export interface SheetAmounts {
  /** CPU in cores; absent where one of the pods has no limit. */
  cpu?: number;
  /** Memory, bytes. */
  memoryBytes: number;
}

/** Pods of one kind. */
export interface SheetPods {
  /** What runs in them. */
  what: string;
  pods: number;
  /** Requests of one of them. */
  requests: SheetAmounts;
  /** Limits of one of them. */
  limits: SheetAmounts;
  /** They run now and then and are not in the sums. */
  occasional: boolean;
}

/** What the pods ask for, and what they may use. */
export interface SheetResources {
  items: SheetPods[];
  /** Requests of all pods that always run: what the nodes must have free. */
  requests: SheetAmounts;
  /** Limits of all pods that always run. */
  limits: SheetAmounts;
}

/** Volumes of one kind. */
export interface SheetVolume {
  /** What is on them. */
  what: string;
  volumes: number;
  /** Size of one of them. */
  bytes: number;
  /** Absent: the cluster's default class. */
  storageClass?: string;
}

/** What lies in the store of backups, at most, when it has grown to its full size. */
export interface SheetBackups {
  recoveryWindowDays: number;
  daysBetween: number;
  /** Base backups of the recovery window, at most: just after one was taken. */
  windowBackups: number;
  /** Base backups that tiers keep besides. */
  tierBackups: number;
  /** Days whose WAL is kept, at most: just before the oldest base backup goes. */
  walDays: number;
  /** One base backup. */
  backupBytes: number;
  /** WAL of a day. */
  walBytesPerDay: number;
  /** All of it. */
  bytes: number;
  /** Days until it is that much. */
  fullAfterDays: number;
}

/** One item of the costs. */
export interface SheetCostItem {
  what: string;
  /** For example `3 × 64 GiB of managed-csi`. */
  amount: string;
  /** Absent while its price is unknown. */
  month?: number;
}

/** What a month costs. */
export interface SheetCost {
  items: SheetCostItem[];
  /** Sum of what has a price. */
  known: number;
  /** Sum of all; absent while a price is unknown. */
  month?: number;
  currency?: string;
  /** When the prices were read. */
  date?: string;
  /** Where they were read. */
  source?: string;
}

/** What can be lost and how long it takes until writes go on. What is absent has no bound. */
export interface SheetRecovery {
  /** Seconds of acknowledged commits that can be lost with a server and its volume (RPO). */
  serverLossSeconds?: number;
  /** Seconds of acknowledged commits that can be lost with all servers and volumes: what was not archived. */
  archiveLossSeconds?: number;
  /** Seconds until writes go on when the pod of the primary is gone, at most (RTO). */
  podSeconds?: number;
  /** Seconds until writes go on when the node of the primary is gone, at most. */
  nodeSeconds?: number;
  /** Seconds of a restore from the store when a base backup was just taken. */
  restoreLeastSeconds?: number;
  /** Seconds of a restore from the store just before the next base backup. */
  restoreMostSeconds?: number;
  /** What can be lost, in words. */
  loss: string;
  /** How long writes pause, in words. */
  interruption: string;
}

/** How many connections there can be. */
export interface SheetConnections {
  /** `max_connections` of each server. */
  most: number;
  /** Kept by each server for superusers and privileged roles. */
  reserved: number;
  /** What applications can have of the primary at one time: clients of the pooler, where there is one. */
  applications: number;
  /** Clients of all PgBouncer pods in front of the primary. */
  poolerClients?: number;
}

/** What the loss of one zone does. */
export interface SheetZoneLoss {
  /** Zones the nodes are taken to be spread over. */
  zones: number;
  /** Servers that are lost with a zone, at most. */
  serversLost: number;
  /** Whether that is certain; not so where the spread over zones is only preferred. */
  assured: boolean;
  /** Whether writes go on without anybody doing something. */
  survives: boolean;
  /** Seconds until they go on, at most; absent where they do not. */
  writesAfterSeconds?: number;
  /** In words. */
  text: string;
}

/** What an instance takes, costs and promises, as far as it can be known before anything is created. Bytes, seconds and cores. */
export interface ServiceSheet {
  /** Name of the instance. */
  instance: string;
  namespace: string;
  /** Major version of PostgreSQL. */
  major: number;
  /** Number of PostgreSQL servers. */
  servers: number;
  /** Class of availability, with its figures. */
  availability: AvailabilityFigures;
  resources: SheetResources;
  volumes: SheetVolume[];
  /** Size of all volumes. */
  volumeBytes: number;
  /** Absent where nothing is archived. */
  backups?: SheetBackups;
  cost: SheetCost;
  recovery: SheetRecovery;
  connections: SheetConnections;
  zoneLoss: SheetZoneLoss;
  /** What was taken for granted because nobody said otherwise. */
  assumptions: string[];
  /** What is not counted in. */
  notCounted: string[];
}

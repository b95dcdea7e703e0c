/** Names of what belongs to an instance. They never carry a generation, except those of the generation itself. */
export interface InstanceNames {
  /** Service of the primary. */
  service: string;
  /** Service of the standbys. */
  readOnlyService: string;
  /** Service of every instance. */
  anyService: string;
  /** Load balancer Service. */
  externalService: string;
  /** ServiceAccount of the pods of every generation. */
  serviceAccount: string;
  /** Secret with user name and password of the owner. */
  ownerSecret: string;
  /** Secret with everything an application needs to connect. */
  connectionSecret: string;
  /** Secret with the certificate authority, and ConfigMap with its certificate only. */
  certificateAuthority: string;
  /** ServiceAccount, Role and Jobs that keep the certificate authority. */
  certificatesJob: string;
  /** ServiceAccount, Role and Jobs of the connection check. */
  checkJob: string;
  /** ServiceAccount, Role and Jobs that wait for a change to settle. */
  settleJob: string;
  /** ServiceAccount, Role, Jobs and CronJob that apply parameters which were held back. */
  parametersJob: string;
  /** ConfigMap with the query of the metric that counts parameters which are not in effect. */
  parametersMetric: string;
  /** ServiceAccount, Role and Jobs that look at the archive, and ConfigMap with what they found. */
  archive: string;
  /** ServiceAccount, Role and Job of the last backup before the data is deleted. */
  finalBackupJob: string;
  /** ConfigMap that says how to bring a deleted instance back. */
  tombstone: string;
  /** ConfigMap with the query of the metric of restore drills. */
  drillMetric: string;
  /** Secret with what lets it in at the instance it follows, and Role of the Job that writes it. */
  sourceSecret: string;
  /** ServiceAccount, Role and Jobs that make it follow or take writes. */
  roleJob: string;
}

/** Longest name of an instance: leaves room for `-gN`, drills and poolers within CloudNativePG's 50 characters. */
export const maxNameLength = 35;

/** Endings an instance name must not have, because the component, CloudNativePG or later parts use them. */
export const reservedEndings = [
  "rw",
  "ro",
  "r",
  "any",
  "pooler",
  "external",
  "owner",
  "connection",
  "ca",
  "certificates",
  "check",
  "settle",
  "parameters",
  "archive",
  "backups",
  "drill",
  "drills",
  "dump",
  "dumps",
  "final-backup",
  "tombstone",
  "failover",
  "failovers",
  "rehearsals",
  "source",
  "role",
  "database",
  "link",
];

export function instanceNames(name: string): InstanceNames {
  return {
    service: name,
    readOnlyService: `${name}-ro`,
    anyService: `${name}-r`,
    externalService: `${name}-external`,
    serviceAccount: name,
    ownerSecret: `${name}-owner`,
    connectionSecret: `${name}-connection`,
    certificateAuthority: `${name}-ca`,
    certificatesJob: `${name}-certificates`,
    checkJob: `${name}-check`,
    settleJob: `${name}-settle`,
    parametersJob: `${name}-parameters`,
    parametersMetric: `${name}-parameters`,
    archive: `${name}-archive`,
    finalBackupJob: `${name}-final-backup`,
    tombstone: `${name}-tombstone`,
    drillMetric: `${name}-drill-metric`,
    sourceSecret: `${name}-source`,
    roleJob: `${name}-role`,
  };
}

/** Name of the Cluster of a generation. */
export function clusterName(name: string, generation: string): string {
  return `${name}-g${generation}`;
}

/** DNS names inside the cluster of the Service `service`, shortest first. */
export function serviceDnsNames(service: string, namespace: string): string[] {
  return [
    service,
    `${service}.${namespace}`,
    `${service}.${namespace}.svc`,
    `${service}.${namespace}.svc.cluster.local`,
  ];
}

/** The DNS name by which other namespaces reach the Service. */
export function serviceHost(service: string, namespace: string): string {
  return `${service}.${namespace}.svc`;
}

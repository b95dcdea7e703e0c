import type {
  BackupObject,
  ClusterObject,
  DatabaseObject,
  DatabaseRoleObject,
  ImageCatalogObject,
  ObjectStoreObject,
  PoolerObject,
  PublicationObject,
  ScheduledBackupObject,
  SubscriptionObject,
} from "../../../src/cnpg";

/**
 * Every member present, at every depth: the compiler refuses a sample that leaves one out,
 * so that the schema test sees every field the interfaces name.
 */
type Complete<T> = T extends (infer Item)[]
  ? Complete<Item>[]
  : T extends object
    ? { [Key in keyof T]-?: Complete<NonNullable<T[Key]>> }
    : T;

type Sample<T> = Complete<Omit<T, "metadata">> & { metadata: object };

const metadata = { name: "sample", namespace: "default" };
const key = { name: "secret", key: "key" };
const optionalKey = { ...key, optional: true };
const reference = { name: "orders" };
const typed = { apiGroup: "snapshot.storage.k8s.io", kind: "VolumeSnapshot", name: "snapshot" };
const resources = { requests: { cpu: "500m" }, limits: { memory: "1Gi" } };
const embedded = { labels: { a: "b" }, annotations: { c: "d" } };
const template = { ...embedded, name: "named" };
const env = [
  {
    name: "A",
    value: "b",
    valueFrom: {
      secretKeyRef: optionalKey,
      configMapKeyRef: optionalKey,
      fieldRef: { fieldPath: "metadata.name", apiVersion: "v1" },
      resourceFieldRef: { resource: "limits.cpu", containerName: "postgres", divisor: "1" },
    },
  },
];
const storage = {
  size: "10Gi",
  storageClass: "fast",
  resizeInUseVolumes: true,
  pvcTemplate: { accessModes: ["ReadWriteOnce"] },
};
const selector = { matchLabels: { a: "b" }, matchExpressions: [{ key: "a", operator: "In", values: ["b"] }] };
const serviceTemplate = {
  metadata: template,
  spec: {
    type: "LoadBalancer",
    ports: [
      {
        name: "postgres",
        port: 5432,
        targetPort: 5432,
        nodePort: 30000,
        protocol: "TCP",
        appProtocol: "postgresql",
      },
    ],
    loadBalancerClass: "class",
    loadBalancerSourceRanges: ["10.0.0.0/8"],
    allocateLoadBalancerNodePorts: false,
    externalTrafficPolicy: "Local",
    internalTrafficPolicy: "Cluster",
    ipFamilies: ["IPv4"],
    ipFamilyPolicy: "SingleStack",
    sessionAffinity: "None",
    publishNotReadyAddresses: false,
    trafficDistribution: "PreferClose",
  },
};
const probe = {
  initialDelaySeconds: 1,
  periodSeconds: 1,
  timeoutSeconds: 1,
  failureThreshold: 1,
  successThreshold: 1,
  terminationGracePeriodSeconds: 1,
};
const strategyProbe = { ...probe, type: "streaming", maximumLag: "16Mi" };
const podTerms = {
  requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "zone" }],
  preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: { topologyKey: "zone" } }],
};
const plugin = {
  name: "barman-cloud.cloudnative-pg.io",
  enabled: true,
  isWALArchiver: true,
  parameters: { barmanObjectName: "store" },
};
const extensionImage = {
  name: "vector",
  image: { reference: "registry/vector:1", pullPolicy: "Always" },
  extension_control_path: ["share"],
  dynamic_library_path: ["lib"],
  ld_library_path: ["lib"],
  bin_path: ["bin"],
  env: [{ name: "A", value: "b" }],
};
const application = { database: "app", owner: "app", secret: reference };
const sqlReferences = { secretRefs: [key], configMapRefs: [key] };
const certificates = {
  serverCASecret: "ca",
  serverTLSSecret: "tls",
  clientCASecret: "ca",
  replicationTLSSecret: "tls",
  serverAltDNSNames: ["orders"],
};
const condition = {
  type: "Ready",
  status: "True",
  reason: "ClusterIsReady",
  message: "Cluster is Ready",
  lastTransitionTime: "2026-01-01T00:00:00Z",
  observedGeneration: 1,
};
const applied = { applied: true, message: "", observedGeneration: 1 };
const objectStatus = [{ name: "a", applied: true, message: "" }];

const cluster: Sample<ClusterObject> = {
  apiVersion: "postgresql.cnpg.io/v1",
  kind: "Cluster",
  metadata,
  spec: {
    instances: 3,
    description: "text",
    inheritedMetadata: embedded,
    imageName: "registry/postgresql:18.6-standard-trixie",
    imageCatalogRef: { apiGroup: "postgresql.cnpg.io", kind: "ImageCatalog", name: "catalog", major: 18 },
    imagePullPolicy: "IfNotPresent",
    imagePullSecrets: [reference],
    storage,
    walStorage: storage,
    tablespaces: [{ name: "fast", storage, owner: { name: "app" }, temporary: false }],
    ephemeralVolumesSizeLimit: { shm: "1Gi", temporaryData: "1Gi" },
    ephemeralVolumeSource: { volumeClaimTemplate: { spec: { accessModes: ["ReadWriteOnce"] } } },
    bootstrap: {
      initdb: {
        ...application,
        dataChecksums: true,
        encoding: "UTF8",
        locale: "C",
        localeCollate: "C",
        localeCType: "C",
        localeProvider: "icu",
        icuLocale: "en",
        icuRules: "&a < b",
        builtinLocale: "C",
        walSegmentSize: 16,
        postInitSQL: ["SELECT 1"],
        postInitApplicationSQL: ["SELECT 1"],
        postInitTemplateSQL: ["SELECT 1"],
        postInitSQLRefs: sqlReferences,
        postInitApplicationSQLRefs: sqlReferences,
        postInitTemplateSQLRefs: sqlReferences,
        import: {
          type: "microservice",
          source: { externalCluster: "old" },
          databases: ["app"],
          roles: ["app"],
          postImportApplicationSQL: ["SELECT 1"],
          schemaOnly: false,
          pgDumpExtraOptions: ["--x"],
          pgRestoreExtraOptions: ["--x"],
          pgRestorePredataOptions: ["--x"],
          pgRestoreDataOptions: ["--x"],
          pgRestorePostdataOptions: ["--x"],
        },
      },
      recovery: {
        ...application,
        source: "old",
        backup: { name: "backup", endpointCA: key },
        volumeSnapshots: { storage: typed, walStorage: typed, tablespaceStorage: { fast: typed } },
        recoveryTarget: {
          backupID: "20260101T000000",
          targetTLI: "latest",
          targetTime: "2026-01-01T00:00:00Z",
          targetLSN: "0/1",
          targetXID: "1",
          targetName: "name",
          targetImmediate: true,
          exclusive: false,
        },
      },
      pg_basebackup: { ...application, source: "old" },
    },
    externalClusters: [
      {
        name: "old",
        connectionParameters: { host: "old" },
        password: optionalKey,
        sslCert: optionalKey,
        sslKey: optionalKey,
        sslRootCert: optionalKey,
        plugin,
      },
    ],
    replica: {
      source: "old",
      primary: "old",
      self: "new",
      enabled: true,
      promotionToken: "token",
      minApplyDelay: "1h",
    },
    postgresql: {
      parameters: { work_mem: "4MB" },
      pg_hba: ["hostssl all all all scram-sha-256"],
      pg_ident: ["map a b"],
      shared_preload_libraries: ["pg_cron"],
      enableAlterSystem: false,
      promotionTimeout: 60,
      synchronous: {
        method: "any",
        number: 1,
        dataDurability: "required",
        failoverQuorum: true,
        maxStandbyNamesFromCluster: 2,
        standbyNamesPre: ["a"],
        standbyNamesPost: ["b"],
      },
      syncReplicaElectionConstraint: { enabled: true, nodeLabelsAntiAffinity: ["zone"] },
      extensions: [extensionImage],
      ldap: {
        server: "ldap",
        port: 389,
        scheme: "ldap",
        tls: true,
        bindAsAuth: { prefix: "a", suffix: "b" },
        bindSearchAuth: {
          baseDN: "a",
          bindDN: "b",
          bindPassword: optionalKey,
          searchAttribute: "c",
          searchFilter: "d",
        },
      },
    },
    replicationSlots: {
      highAvailability: { enabled: true, slotPrefix: "_cnpg_", synchronizeLogicalDecoding: true },
      synchronizeReplicas: { enabled: true, excludePatterns: ["^a"] },
      updateInterval: 30,
    },
    enableSuperuserAccess: false,
    superuserSecret: reference,
    managed: {
      roles: [
        {
          name: "app",
          ensure: "present",
          comment: "text",
          login: true,
          superuser: false,
          createdb: false,
          createrole: false,
          inherit: true,
          replication: false,
          bypassrls: false,
          connectionLimit: -1,
          validUntil: "2030-01-01T00:00:00Z",
          inRoles: ["other"],
          passwordSecret: reference,
          disablePassword: false,
        },
      ],
      services: {
        additional: [{ selectorType: "rw", serviceTemplate, updateStrategy: "patch" }],
        disabledDefaultServices: ["ro"],
      },
    },
    certificates,
    backup: {
      target: "prefer-standby",
      volumeSnapshot: {
        className: "snapshots",
        walClassName: "snapshots",
        tablespaceClassName: { fast: "snapshots" },
        ...embedded,
        online: true,
        onlineConfiguration: { immediateCheckpoint: true, waitForArchive: true },
        snapshotOwnerReference: "none",
      },
    },
    plugins: [plugin],
    monitoring: {
      customQueriesConfigMap: [key],
      customQueriesSecret: [key],
      disableDefaultQueries: false,
      metricsQueriesTTL: "30s",
      tls: { enabled: true },
    },
    affinity: {
      enablePodAntiAffinity: true,
      topologyKey: "kubernetes.io/hostname",
      podAntiAffinityType: "required",
      nodeSelector: { workload: "postgres" },
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] },
        preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, preference: {} }],
      },
      tolerations: [{ key: "a", operator: "Equal", value: "b", effect: "NoExecute", tolerationSeconds: 1 }],
      additionalPodAffinity: podTerms,
      additionalPodAntiAffinity: podTerms,
    },
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: "topology.kubernetes.io/zone",
        whenUnsatisfiable: "DoNotSchedule",
        labelSelector: selector,
        minDomains: 2,
        matchLabelKeys: ["a"],
        nodeAffinityPolicy: "Honor",
        nodeTaintsPolicy: "Honor",
      },
    ],
    schedulerName: "default-scheduler",
    priorityClassName: "high",
    resources,
    env,
    envFrom: [
      {
        prefix: "A_",
        secretRef: { name: "a", optional: true },
        configMapRef: { name: "a", optional: true },
      },
    ],
    projectedVolumeTemplate: { sources: [] },
    podSecurityContext: { fsGroup: 26 },
    securityContext: { runAsNonRoot: true },
    seccompProfile: { type: "Localhost", localhostProfile: "profile" },
    postgresUID: 26,
    postgresGID: 26,
    serviceAccountName: "orders",
    serviceAccountTemplate: { metadata: template },
    podSelectorRefs: [{ name: "apps", selector }],
    probes: {
      startup: strategyProbe,
      readiness: strategyProbe,
      liveness: {
        ...probe,
        isolationCheck: { enabled: true, requestTimeout: 1000, connectionTimeout: 1000 },
      },
    },
    livenessProbeTimeout: 30,
    primaryUpdateMethod: "restart",
    primaryUpdateStrategy: "unsupervised",
    primaryLease: {
      leaseDurationSeconds: 15,
      renewDeadlineSeconds: 10,
      retryPeriodSeconds: 2,
      releasedLeaseDurationSeconds: 1,
    },
    startDelay: 3600,
    stopDelay: 1800,
    smartShutdownTimeout: 180,
    switchoverDelay: 3600,
    failoverDelay: 0,
    enablePDB: true,
    nodeMaintenanceWindow: { inProgress: false, reusePVC: true },
    logLevel: "info",
  },
  status: {
    phase: "Cluster in healthy state",
    phaseReason: "",
    conditions: [condition],
    currentPrimary: "sample-1",
    targetPrimary: "sample-1",
    currentPrimaryTimestamp: "2026-01-01T00:00:00Z",
    currentPrimaryFailingSinceTimestamp: "",
    targetPrimaryTimestamp: "2026-01-01T00:00:00Z",
    instances: 3,
    readyInstances: 3,
    instanceNames: ["sample-1"],
    instancesStatus: { healthy: ["sample-1"] },
    instancesReportedState: { "sample-1": { isPrimary: true, timeLineID: 1, ip: "10.0.0.1" } },
    timelineID: 1,
    systemID: "1",
    image: "registry/postgresql:18.6",
    pgDataImageInfo: { image: "registry/postgresql:18.6", majorVersion: 18, extensions: [extensionImage] },
    targetPgDataImageInfo: {
      image: "registry/postgresql:18.6",
      majorVersion: 18,
      extensions: [extensionImage],
    },
    readService: "sample-r",
    writeService: "sample-rw",
    certificates: { ...certificates, expirations: { "sample-server": "2027-01-01" } },
    managedRolesStatus: {
      byStatus: { reconciled: ["app"] },
      cannotReconcile: { app: ["reason"] },
      passwordStatus: { app: { resourceVersion: "1", transactionID: 1 } },
    },
    tablespacesStatus: [{ name: "fast", state: "reconciled", owner: "app", error: "" }],
    pluginStatus: [
      {
        name: "barman-cloud.cloudnative-pg.io",
        version: "0.14.0",
        status: "",
        capabilities: ["a"],
        operatorCapabilities: ["a"],
        walCapabilities: ["a"],
        backupCapabilities: ["a"],
        restoreJobHookCapabilities: ["a"],
      },
    ],
    demotionToken: "token",
    lastPromotionToken: "token",
    switchReplicaClusterStatus: { inProgress: false },
    pvcCount: 3,
    healthyPVC: ["sample-1"],
    danglingPVC: ["sample-1"],
    initializingPVC: ["sample-1"],
    resizingPVC: ["sample-1"],
    unusablePVC: ["sample-1"],
    jobCount: 0,
    latestGeneratedNode: 3,
    topology: { instances: { "sample-1": { zone: "1" } }, nodesUsed: 3, successfullyExtracted: true },
    secretsResourceVersion: { serverSecretVersion: "1" },
    configMapResourceVersion: { metrics: { a: "1" } },
    cloudNativePGCommitHash: "hash",
    cloudNativePGOperatorHash: "hash",
    onlineUpdateEnabled: false,
    selector: "cnpg.io/cluster=sample",
  },
};

const backupOptions = {
  cluster: reference,
  method: "plugin",
  pluginConfiguration: { name: "barman-cloud.cloudnative-pg.io", parameters: { a: "b" } },
  target: "primary",
  online: true,
  onlineConfiguration: { immediateCheckpoint: true, waitForArchive: true },
} as const;

const backup: Sample<BackupObject> = {
  apiVersion: "postgresql.cnpg.io/v1",
  kind: "Backup",
  metadata,
  spec: backupOptions,
  status: {
    phase: "completed",
    method: "plugin",
    error: "",
    commandError: "",
    commandOutput: "",
    startedAt: "2026-01-01T00:00:00Z",
    stoppedAt: "2026-01-01T00:00:00Z",
    reconciliationStartedAt: "2026-01-01T00:00:00Z",
    reconciliationTerminatedAt: "2026-01-01T00:00:00Z",
    backupId: "20260101T000000",
    backupName: "name",
    beginWal: "000000010000000000000001",
    endWal: "000000010000000000000001",
    beginLSN: "0/1",
    endLSN: "0/1",
    instanceID: { podName: "sample-1", ContainerID: "id", sessionID: "id" },
    majorVersion: 18,
    online: true,
    serverName: "sample",
    destinationPath: "s3://bucket",
    endpointURL: "http://store",
    pluginMetadata: { a: "b" },
    snapshotBackupStatus: { elements: [{ name: "a", type: "PG_DATA", tablespaceName: "fast" }] },
  },
};

const scheduledBackup: Sample<ScheduledBackupObject> = {
  apiVersion: "postgresql.cnpg.io/v1",
  kind: "ScheduledBackup",
  metadata,
  spec: {
    ...backupOptions,
    schedule: "0 0 2 * * *",
    immediate: true,
    suspend: false,
    backupOwnerReference: "self",
  },
  status: {
    lastCheckTime: "2026-01-01T00:00:00Z",
    lastScheduleTime: "2026-01-01T00:00:00Z",
    nextScheduleTime: "2026-01-01T00:00:00Z",
    error: "",
  },
};

const foreignOptions = [{ name: "host", value: "a", ensure: "present" }] as {
  name: string;
  value: string;
  ensure: "present";
}[];
const foreignUsage = [{ name: "app", type: "grant" }];

const database: Sample<DatabaseObject> = {
  apiVersion: "postgresql.cnpg.io/v1",
  kind: "Database",
  metadata,
  spec: {
    cluster: reference,
    name: "app",
    owner: "app",
    ensure: "present",
    databaseReclaimPolicy: "retain",
    template: "template0",
    encoding: "UTF8",
    locale: "C",
    localeCollate: "C",
    localeCType: "C",
    localeProvider: "icu",
    icuLocale: "en",
    icuRules: "&a < b",
    builtinLocale: "C",
    collationVersion: "1",
    connectionLimit: -1,
    allowConnections: true,
    isTemplate: false,
    tablespace: "fast",
    extensions: [{ name: "pgcrypto", version: "1.3", schema: "public", ensure: "present" }],
    schemas: [{ name: "app", owner: "app", ensure: "present" }],
    fdws: [
      {
        name: "postgres_fdw",
        handler: "a",
        validator: "b",
        owner: "app",
        options: foreignOptions,
        usage: foreignUsage,
        ensure: "present",
      },
    ],
    servers: [
      { name: "other", fdw: "postgres_fdw", options: foreignOptions, usage: foreignUsage, ensure: "present" },
    ],
  },
  status: {
    ...applied,
    extensions: objectStatus,
    schemas: objectStatus,
    fdws: objectStatus,
    servers: objectStatus,
  },
};

const databaseRole: Sample<DatabaseRoleObject> = {
  apiVersion: "postgresql.cnpg.io/v1",
  kind: "DatabaseRole",
  metadata,
  spec: {
    cluster: reference,
    name: "app",
    comment: "text",
    login: true,
    superuser: false,
    createdb: false,
    createrole: false,
    inherit: true,
    replication: false,
    bypassrls: false,
    connectionLimit: -1,
    validUntil: "2030-01-01T00:00:00Z",
    inRoles: ["other"],
    passwordSecret: reference,
    disablePassword: false,
    clientCertificate: { enabled: true },
    databaseRoleReclaimPolicy: "retain",
  },
  status: {
    ...applied,
    conditions: [condition],
    clientCertificate: { expiration: "2027-01-01", message: "" },
    secretResourceVersion: "1",
  },
};

const pooler: Sample<PoolerObject> = {
  apiVersion: "postgresql.cnpg.io/v1",
  kind: "Pooler",
  metadata,
  spec: {
    cluster: reference,
    type: "rw",
    instances: 2,
    pgbouncer: {
      poolMode: "transaction",
      parameters: { max_client_conn: "1000" },
      pg_hba: ["host all all all scram-sha-256"],
      paused: false,
      authQuery: "SELECT 1",
      authQuerySecret: reference,
      clientTLSSecret: reference,
      clientCASecret: reference,
      serverTLSSecret: reference,
      serverCASecret: reference,
      image: "registry/pgbouncer:1.25.1",
      imageCatalogRef: {
        apiGroup: "postgresql.cnpg.io",
        kind: "ImageCatalog",
        name: "catalog",
        key: "pgbouncer",
      },
    },
    template: { metadata: embedded, spec: { containers: [] } },
    serviceTemplate,
    deploymentStrategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: "25%" } },
    monitoring: { tls: { enabled: true } },
    serviceAccountName: "orders",
  },
  status: { phase: "active", phaseReason: "", error: "", instances: 2, image: "registry/pgbouncer:1.25.1" },
};

const publication: Sample<PublicationObject> = {
  apiVersion: "postgresql.cnpg.io/v1",
  kind: "Publication",
  metadata,
  spec: {
    cluster: reference,
    name: "all",
    dbname: "app",
    target: {
      allTables: true,
      objects: [
        { table: { name: "a", schema: "public", columns: ["id"], only: true }, tablesInSchema: "public" },
      ],
    },
    parameters: { publish: "insert" },
    publicationReclaimPolicy: "retain",
  },
  status: applied,
};

const subscription: Sample<SubscriptionObject> = {
  apiVersion: "postgresql.cnpg.io/v1",
  kind: "Subscription",
  metadata,
  spec: {
    cluster: reference,
    name: "all",
    dbname: "app",
    externalClusterName: "old",
    publicationName: "all",
    publicationDBName: "app",
    parameters: { copy_data: "true" },
    subscriptionReclaimPolicy: "retain",
  },
  status: applied,
};

const imageCatalog: Sample<ImageCatalogObject> = {
  apiVersion: "postgresql.cnpg.io/v1",
  kind: "ImageCatalog",
  metadata,
  spec: {
    images: [{ major: 18, image: "registry/postgresql:18.6", extensions: [extensionImage] }],
    componentImages: [{ key: "pgbouncer", image: "registry/pgbouncer:1.25.1" }],
  },
};

const objectStore: Sample<ObjectStoreObject> = {
  apiVersion: "barmancloud.cnpg.io/v1",
  kind: "ObjectStore",
  metadata,
  spec: {
    configuration: {
      destinationPath: "s3://bucket",
      endpointURL: "http://store",
      endpointCA: key,
      azureCredentials: {
        connectionString: key,
        storageAccount: key,
        storageKey: key,
        storageSasToken: key,
        inheritFromAzureAD: false,
        useDefaultAzureCredentials: false,
      },
      s3Credentials: {
        accessKeyId: key,
        secretAccessKey: key,
        sessionToken: key,
        region: key,
        inheritFromIAMRole: false,
      },
      googleCredentials: { applicationCredentials: key, gkeEnvironment: false },
      wal: {
        compression: "zstd",
        encryption: "AES256",
        maxParallel: 4,
        archiveAdditionalCommandArgs: ["--x"],
        restoreAdditionalCommandArgs: ["--x"],
      },
      data: {
        compression: "gzip",
        encryption: "aws:kms",
        jobs: 2,
        immediateCheckpoint: true,
        additionalCommandArgs: ["--x"],
        restoreAdditionalCommandArgs: ["--x"],
      },
      tags: { a: "b" },
      historyTags: { a: "b" },
    },
    retentionPolicy: "7d",
    instanceSidecarConfiguration: {
      env,
      resources,
      logLevel: "info",
      retentionPolicyIntervalSeconds: 1800,
      additionalContainerArgs: ["--x"],
    },
  },
  status: {
    serverRecoveryWindow: {
      sample: {
        firstRecoverabilityPoint: "2026-01-01T00:00:00Z",
        lastSuccessfulBackupTime: "2026-01-01T00:00:00Z",
        lastFailedBackupTime: "2026-01-01T00:00:00Z",
      },
    },
  },
};

/** One object of each kind with every field our interfaces name. */
export const samples = [
  cluster,
  backup,
  scheduledBackup,
  database,
  databaseRole,
  pooler,
  publication,
  subscription,
  imageCatalog,
  objectStore,
];

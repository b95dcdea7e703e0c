import type { SynchronousReplication } from "../../src/cnpg/cluster";

/** Values of series in promtool's notation, one a step. */
type Series = Record<string, string>;

/** One alert of a rule: its labels beside severity and namespace, and what the places in its summary are filled with. */
export interface Fired {
  labels?: Record<string, string>;
  filled?: Record<string, string>;
}

/** Series as Prometheus has them, and which alerts fire when. Those that are not named must not. */
export interface Scene {
  title: string;
  /** Time between two values, and between two evaluations. @default "1m" */
  step?: string;
  /** Of the instance. @default one standby confirms */
  synchronous?: SynchronousReplication;
  series: Series[];
  /** By the time since the first value. */
  moments: Record<string, Record<string, Fired>>;
}

const limitBytes = 16 * 1024 * 1024;
/** The instance that the rules are of. */
export const watched = {
  name: "orders",
  namespace: "shop",
  clusterName: "orders-g2",
  maxLagBytes: limitBytes,
};

/** A replica of it in a Cluster of its own. */
export const replica = { name: "orders-west", namespace: "far", maxLagBytes: limitBytes };

/** Days without success that its rules allow. */
export const allowedDays = 2;

type Labels = Record<string, string>;

function series(name: string, labels: Labels, values: string): Series {
  const inner = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  return { [`${name}{${inner.join(",")}}`]: values };
}

/** What a PodMonitor of the Prometheus operator adds to each series of a pod. */
function target(pod: string, more: Labels = {}): Labels {
  const address = `10.0.0.${pod.at(-1)}:9187`;
  const labels = { container: "postgres", endpoint: "metrics", instance: address, job: "shop/orders" };
  return { namespace: "shop", pod, ...labels, ...more };
}

/** The same pod as scrape configurations by annotations know it. */
const annotated = { job: "kubernetes-pods", endpoint: "" };

const primary = "orders-g2-1";
const standbys = ["orders-g2-2", "orders-g2-3"];
const steady = (value: number): string => `${value}x300`;
/** Ten minutes of it, then its target has gone. */
const gone = (value: number): string => `${value}x9 stale`;
/** Ten minutes, then another value. */
const turned = (from: number, to: number): string => `${from}x9 ${to}x300`;

function server(pod: string, up = steady(1), fenced = steady(0), more: Labels = {}): Series {
  return {
    ...series("cnpg_collector_up", { ...target(pod, more), cluster: "orders-g2" }, up),
    ...series("cnpg_collector_fencing_on", target(pod, more), fenced),
  };
}

function inRecovery(pod: string, values: string, more: Labels = {}): Series {
  return series("cnpg_pg_replication_in_recovery", target(pod, more), values);
}

/** A connection of a standby in pg_stat_replication. */
function stream(from: string, standby: string, values: string, port = "40001", more: Labels = {}): Series {
  const connection = {
    usename: "streaming_replica",
    application_name: standby,
    client_addr: `10.0.0.${standby.at(-1)}`,
    client_port: port,
  };
  return series(
    "cnpg_pg_stat_replication_replay_diff_bytes",
    { ...target(from, more), ...connection },
    values,
  );
}

const healthy: Series = {
  ...server(primary),
  ...inRecovery(primary, steady(0)),
  ...Object.assign(
    {},
    ...standbys.map(pod => ({
      ...server(pod),
      ...inRecovery(pod, steady(1)),
      ...stream(primary, pod, steady(4096)),
    })),
  ),
};

/** The same instance, scraped a second time. */
const healthyAgain: Series = Object.fromEntries(
  Object.entries(healthy).map(([name, values]) => [
    name.replace('endpoint="metrics"', 'endpoint=""').replace('job="shop/orders"', `job="${annotated.job}"`),
    values,
  ]),
);

/** Single servers that are none of the instance's, in its namespace or with its name. */
const neighbours: Series[] = [
  ["orders-g1-1", "shop"],
  ["my-orders-g2-1", "shop"],
  ["orders-g2-extra-1", "shop"],
  [primary, "bench"],
].map(([pod = "", namespace = ""]) => ({
  ...server(pod, steady(1), steady(0), { namespace }),
  ...inRecovery(pod, steady(0), { namespace }),
}));

const lost = { PostgresNoStandby: {} };
const unfollowed = { PostgresNoEligibleStandby: {}, PostgresSynchronousStandbyMissing: {} };

const serverScenes: Scene[] = [
  {
    title: "nothing is wrong, also with neighbours, streams of others and a second scrape of the same pods",
    series: [healthy, healthyAgain, ...neighbours, stream(primary, "orders-g2-4-join", steady(0))],
    moments: { "1m": {}, "10m": {}, "4h": {} },
  },
  {
    title: "one of three servers goes and comes back elsewhere",
    series: [
      healthy,
      server("orders-g2-3", gone(1)),
      stream(primary, "orders-g2-3", gone(4096)),
      server("orders-g2-3", "_x15 1x300", "_x15 0x300", { instance: "10.0.1.3:9187" }),
      stream(primary, "orders-g2-3", "_x15 1x300", "40077"),
    ],
    moments: { "14m": {}, "30m": {} },
  },
  {
    title: "both standbys go for a minute",
    series: [
      healthy,
      ...standbys.flatMap(pod => [
        server(pod, "1x9 stale 1x300"),
        stream(primary, pod, "4096x9 stale 4096x300"),
      ]),
    ],
    moments: { "10m": {}, "11m": {}, "12m": {}, "15m": {} },
  },
  {
    title: "both standbys go, while the primary is scraped twice and from two addresses",
    series: [
      healthy,
      server(primary, steady(1), steady(0), annotated),
      server(primary, steady(1), steady(0), { instance: "10.0.1.1:9187" }),
      ...neighbours,
      ...standbys.flatMap(pod => [server(pod, gone(1)), stream(primary, pod, gone(4096))]),
    ],
    moments: {
      "10m": {},
      "11m": { PostgresSynchronousStandbyMissing: {} },
      "12m": { ...lost, ...unfollowed },
      "4h": { ...lost, ...unfollowed },
    },
  },
  {
    title: "PostgreSQL of both standbys stops, one of them by a fence, which freezes what its exporter says",
    series: [
      healthy,
      server("orders-g2-2", turned(1, 0)),
      server("orders-g2-3", steady(1), turned(0, 1)),
      ...standbys.map(pod => stream(primary, pod, gone(4096))),
    ],
    moments: {
      "9m": {},
      "11m": { PostgresSynchronousStandbyMissing: {} },
      "12m": { ...lost, ...unfollowed },
    },
  },
  {
    title: "PostgreSQL of every server stops",
    series: [
      ...[primary, ...standbys].flatMap(pod => [server(pod, turned(1, 0)), inRecovery(pod, gone(0))]),
      ...neighbours,
    ],
    moments: { "11m": {}, "12m": { PostgresNoServer: {} } },
  },
  {
    title: "every server goes",
    series: [...[primary, ...standbys].map(pod => server(pod, gone(1), gone(0))), ...neighbours],
    moments: { "11m": {}, "12m": { PostgresNoServer: {} }, "4h": { PostgresNoServer: {} } },
  },
];

const replicationScenes: Scene[] = [
  {
    title: "the standbys run and follow no more; who joins or copies is no standby",
    series: [
      healthy,
      ...standbys.map(pod => stream(primary, pod, gone(4096))),
      stream(primary, "orders-g2-4-join", steady(0)),
      stream(primary, "barman_receive_wal", steady(0)),
    ],
    moments: {
      "10m": {},
      "11m": { PostgresSynchronousStandbyMissing: {} },
      "12m": unfollowed,
    },
  },
  {
    title: "the standbys are too far behind",
    series: [healthy, ...standbys.map(pod => stream(primary, pod, turned(4096, 2 * limitBytes)))],
    moments: {
      "11m": {},
      "12m": {
        PostgresNoEligibleStandby: {},
        "PostgresReplicationLag orders-g2-2": behind("orders-g2-2"),
        "PostgresReplicationLag orders-g2-3": behind("orders-g2-3"),
      },
    },
  },
  {
    title: "one standby is too far behind, counted once by two scrapes",
    series: [
      healthy,
      stream(primary, "orders-g2-2", turned(4096, 2 * limitBytes)),
      stream(primary, "orders-g2-2", turned(4096, 2 * limitBytes), "40001", annotated),
    ],
    moments: { "11m": {}, "12m": { "PostgresReplicationLag orders-g2-2": behind("orders-g2-2") } },
  },
  {
    title: "a replica in a Cluster of its own is too far behind, and so is one that is somebody else's",
    series: [
      healthy,
      stream(primary, replica.name, turned(4096, 2 * limitBytes)),
      stream(primary, replica.name, turned(4096, 2 * limitBytes), "40001", annotated),
      stream(primary, `${replica.name}-2`, turned(4096, 2 * limitBytes)),
      stream("other-g1-1", replica.name, turned(4096, 2 * limitBytes)),
    ],
    moments: { "11m": {}, "12m": { PostgresReplicaLag: behind(replica.name) } },
  },
  {
    title: "a standby is too far behind for a minute",
    series: [healthy, stream(primary, "orders-g2-2", `4096x9 ${2 * limitBytes}x1 4096x300`)],
    moments: { "11m": {}, "12m": {}, "14m": {} },
  },
  {
    title: "of two standbys that have to confirm one is connected twice and the other is not",
    synchronous: { method: "any", number: 2 },
    series: [
      healthy,
      stream(primary, "orders-g2-3", gone(4096)),
      stream(primary, "orders-g2-2", "_x10 0x300", "40077"),
    ],
    moments: { "9m": {}, "10m": {}, "11m": { PostgresSynchronousStandbyMissing: {} } },
  },
  {
    title:
      "a standby with a name of its own has to confirm too, until it goes and one of nearly that name comes",
    synchronous: { method: "any", number: 3, standbyNamesPre: ["far.1"], standbyNamesPost: ['a"b\\c'] },
    series: [healthy, stream(primary, "far.1", gone(0)), stream(primary, "far-1", "_x10 0x300")],
    moments: { "9m": {}, "10m": {}, "11m": { PostgresSynchronousStandbyMissing: {} } },
  },
  {
    title: "any standby may confirm, until all have gone",
    synchronous: { method: "any", number: 1, standbyNamesPost: ["*"] },
    series: [
      healthy,
      ...standbys.map(pod => stream(primary, pod, gone(4096))),
      stream(primary, "elsewhere", "0x19 stale"),
    ],
    moments: {
      "11m": {},
      "12m": { PostgresNoEligibleStandby: {} },
      "21m": unfollowed,
    },
  },
  {
    title: "a switchover makes another server the primary",
    series: [
      healthy,
      inRecovery(primary, turned(0, 1)),
      inRecovery("orders-g2-2", turned(1, 0)),
      ...standbys.map(pod => stream(primary, pod, gone(4096))),
      stream("orders-g2-2", primary, "_x10 0x300"),
      stream("orders-g2-2", "orders-g2-3", "_x10 0x300"),
    ],
    moments: { "11m": {}, "12m": {}, "4h": {} },
  },
];

function behind(standby: string): Fired {
  return {
    labels: { application_name: standby },
    filled: { "{{ $labels.application_name }}": standby, "{{ $value | humanize1024 }}": "32Mi" },
  };
}

/** What the watch tells, from every pod. */
function told(figure: string, values: string, instance = "orders"): Series {
  const name = `cnpg_pulumi_cnpg_failover_watch_${figure}`;
  return Object.assign(
    {},
    ...[primary, ...standbys].map(pod =>
      series(name, { ...target(pod), watched_instance: instance }, values),
    ),
  );
}

const ofWatch = (alert: string): Record<string, Fired> => ({
  [alert]: { labels: { watched_instance: "orders" } },
});

const watchScenes: Scene[] = [
  {
    title: "the instance failed over at the tenth minute, a neighbour later",
    series: [healthy, told("failover_at", "_x11 600x300"), told("failover_at", "_x60 3600x300", "invoices")],
    moments: {
      "10m": {},
      "11m": ofWatch("PostgresAutomaticFailover"),
      "69m": ofWatch("PostgresAutomaticFailover"),
      "70m": {},
    },
  },
  {
    title: "the pods hear of a second failover one after the other",
    series: [
      healthy,
      told("failover_at", "0x300"),
      series(
        "cnpg_pulumi_cnpg_failover_watch_failover_at",
        { ...target("orders-g2-3"), watched_instance: "orders" },
        "0x119 7200x300",
      ),
    ],
    moments: { "60m": {}, "119m": {}, "120m": ofWatch("PostgresAutomaticFailover") },
  },
  {
    title: "the instance flaps",
    series: [healthy, told("flapping_at", "_x31 600x300")],
    moments: { "30m": {}, "31m": ofWatch("PostgresFailoverFlapping"), "70m": {} },
  },
  {
    title: "a failed primary is not replaced, until it is",
    series: [healthy, told("standstill_since", "_x11 600x9 stale")],
    moments: {
      "11m": {},
      "12m": ofWatch("PostgresPrimaryNotReplaced"),
      "20m": ofWatch("PostgresPrimaryNotReplaced"),
      "21m": {},
    },
  },
  {
    title: "maintenance is forgotten",
    series: [lasting(600), told("maintenance_since", "0x600")],
    moments: { "8h": {}, "8h5m": {}, "8h6m": ofWatch("PostgresMaintenanceTooLong") },
  },
];

/** Something that is proved again and again, as its rules and metrics name it. */
interface Proof {
  what: string;
  alert: string;
  prefix: string;
  label: string;
  /** Labels of a run, and of the next where they change. */
  kinds: [Labels, Labels?];
  /** Metric of another proof that is not due. */
  other: Series;
}

/** Its metrics, and its alerts by how their names end. */
function proofSeries({ alert, prefix, label, kinds: [kind, nextKind] }: Proof) {
  const figure = (pod: string, short: string, values: string, of = kind): Series =>
    series(`${prefix}_${short}`, { ...target(pod), [label]: "orders", ...of }, values);
  const each = (short: string, values: string): Series[] =>
    [primary, ...standbys].map(pod => figure(pod, short, values));
  const fails = (pod: string, minute: number): Series =>
    nextKind === undefined
      ? figure(pod, "succeeded", `1x${minute - 1} 0x300`)
      : {
          ...figure(pod, "succeeded", `1x${minute - 1} stale`),
          ...figure(pod, "succeeded", `_x${minute} 0x300`, nextKind),
        };
  const fired = (end: string): Record<string, Fired> => ({
    [`${alert}${end}`]: { labels: { [label]: "orders" } },
  });
  return { figure, each, fails, fired };
}

function outcomeScenes(proof: Proof): Scene[] {
  const { what } = proof;
  const { each, fails, fired } = proofSeries(proof);
  return [
    {
      title: `a ${what} fails after one that succeeded, which the pods hear one after the other`,
      series: [healthy, fails(primary, 10), ...standbys.map(pod => fails(pod, 15))],
      moments: { "9m": {}, "15m": {}, "16m": fired("Failed"), "60m": fired("Failed") },
    },
    {
      title: `a ${what} succeeds after one that failed`,
      series: [healthy, ...each("succeeded", turned(0, 1))],
      moments: { "0m": {}, "2m": fired("Failed"), "10m": {}, "60m": {} },
    },
  ];
}

function ageScenes(proof: Proof): Scene[] {
  const { what, other } = proof;
  const { figure, each, fired } = proofSeries(proof);
  const days = allowedDays;
  const day = 24 * 3600;
  const running = { ...lasting(days * 72), ...other };
  return [
    {
      title: `no ${what} succeeds any more, though a pod restarts`,
      step: "1h",
      series: [
        running,
        ...each("succeeded", `1x${days * 72}`),
        ...each("succeeded_at", `${day}x${days * 72}`),
        figure(primary, "succeeded_at", `${day}x30 stale ${day}x${days * 72}`),
      ],
      moments: {
        [`${days * 24}h`]: {},
        [`${days * 24 + 24}h`]: {},
        [`${days * 24 + 26}h`]: fired("Stale"),
      },
    },
    {
      title: `no ${what} has ever succeeded`,
      step: "1h",
      series: [running, ...each("finished_at", `0x${days * 72}`)],
      moments: { [`${days * 24 - 1}h`]: {}, [`${days * 24}h`]: fired("Missing") },
    },
    {
      title: `a ${what} succeeds at last`,
      step: "1h",
      series: [running, ...each("succeeded_at", `_x${days * 24 - 5} ${days * day}x${days * 24}`)],
      moments: { [`${days * 24}h`]: {}, [`${days * 47}h`]: {} },
    },
    {
      title: `the instance sleeps for longer than a ${what} may be away`,
      step: "1h",
      series: [ending(24), ...each("succeeded_at", "0x24 stale")],
      moments: {
        [`${days * 24 + 26}h`]: { PostgresNoServer: {} },
        [`${days * 60}h`]: { PostgresNoServer: {} },
      },
    },
  ];
}

const proofScenes = (proof: Proof): Scene[] => [...outcomeScenes(proof), ...ageScenes(proof)];

/** A proof that succeeds every hour. */
function proved({ prefix, label }: Pick<Proof, "prefix" | "label">): Series {
  return series(`${prefix}_succeeded_at`, { ...target(primary), [label]: "orders" }, "0+3600x900");
}

/** A healthy instance for so many steps. */
function lasting(steps: number): Series {
  return Object.fromEntries(
    Object.entries(healthy).map(([name, values]) => [name, values.replace(/x\d+$/, `x${steps}`)]),
  );
}

/** One that goes after so many steps. */
function ending(steps: number): Series {
  return Object.fromEntries(
    Object.entries(lasting(steps)).map(([name, values]) => [name, `${values} stale`]),
  );
}

const drills = {
  alert: "PostgresRestoreDrill",
  prefix: "cnpg_pulumi_cnpg_drill",
  label: "drilled_instance",
};
const rehearsals = {
  alert: "PostgresRehearsal",
  prefix: "cnpg_pulumi_cnpg_rehearsal",
  label: "rehearsed_instance",
};

export const scenes: Scene[] = [
  ...serverScenes,
  ...replicationScenes,
  ...watchScenes,
  ...proofScenes({ what: "restore drill", ...drills, kinds: [{}], other: proved(rehearsals) }),
  ...proofScenes({
    what: "rehearsal",
    ...rehearsals,
    kinds: [{ kind: "switchover" }, { kind: "kill" }],
    other: proved(drills),
  }),
];

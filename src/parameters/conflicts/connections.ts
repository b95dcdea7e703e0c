import type { CheckedValues } from "../checked-values";
import { anyGiven, type ConflictRule, exceeds, firstGiven } from "./rule";

const reservations = ["superuser_reserved_connections", "reserved_connections"] as const;

/** Connections that ordinary roles should have at least. */
const leastConnections = 5;

const reserved: ConflictRule = values => {
  const most = values.number("max_connections");
  const kept = reservations.reduce((sum, name) => sum + (values.number(name) ?? 0), 0);
  if (most === undefined || kept <= most - leastConnections) return [];
  const names = reservations.filter(name => values.number(name) !== undefined);
  const sum = names.map(name => values.named(name)).join(" + ");
  const parameter = firstGiven(values, ["max_connections", ...reservations]);
  if (kept >= most) {
    return [
      values.refused(parameter, {
        problem: `leaves no connection: ${sum} is not below ${values.named("max_connections")}, and the server would not start.`,
        remedy: `Write at least ${kept + leastConnections} as max_connections.`,
      }),
    ];
  }
  return [
    values.warning(parameter, {
      problem: `leaves ordinary roles ${most - kept} connections: ${values.named("max_connections")} less ${sum}.`,
      remedy: "Raise max_connections.",
    }),
  ];
};

/** Source: src/include/postmaster/postmaster.h, MAX_BACKENDS. */
const mostBackends = 2 ** 18 - 1;

const backends: ConflictRule = values => {
  const autovacuum = values.around.major < 18 ? "autovacuum_max_workers" : "autovacuum_worker_slots";
  const names = ["max_connections", autovacuum, "max_worker_processes", "max_wal_senders"] as const;
  // The launchers of workers need a place too; since 18 there are two of them.
  const launchers = values.around.major < 18 ? 1 : 2;
  const sum = names.reduce((total, name) => total + (values.number(name) ?? 0), launchers);
  if (sum <= mostBackends) return [];
  return [
    values.refused(firstGiven(values, [...names]), {
      problem: `is too much: ${names.map(name => values.named(name)).join(" + ")} is more than ${mostBackends} processes.`,
      remedy: "Lower the greatest of them.",
    }),
  ];
};

/** One parameter is cut down to another without a word. */
function cut(name: string, to: string, consequence: string): ConflictRule {
  return values => {
    if (!anyGiven(values, [name, to]) || !exceeds(values.number(name), values.number(to))) return [];
    return [
      values.warning(firstGiven(values, [name, to]), {
        problem: `has no full effect: ${values.named(name)} is above ${values.named(to)}, ${consequence}.`,
        remedy: `Raise ${to} or lower ${name}.`,
      }),
    ];
  };
}

const workers: readonly ConflictRule[] = [
  cut("max_parallel_workers", "max_worker_processes", "from which all workers are taken"),
  cut("max_parallel_workers_per_gather", "max_parallel_workers", "which all queries share"),
  cut("max_parallel_maintenance_workers", "max_parallel_workers", "which all commands share"),
  cut("max_logical_replication_workers", "max_worker_processes", "from which all workers are taken"),
  cut("max_sync_workers_per_subscription", "max_logical_replication_workers", "from which they are taken"),
  cut(
    "max_parallel_apply_workers_per_subscription",
    "max_logical_replication_workers",
    "from which they are taken",
  ),
  cut("io_combine_limit", "io_max_combine_limit", "which was set at the start"),
  cut("autovacuum_max_workers", "autovacuum_worker_slots", "which were reserved at the start"),
];

/** A standby that joins streams its base backup over two connections. */
const joining = 2;

const senders: ConflictRule = values => {
  const { instances = 1 } = values.around;
  const available = values.number("max_wal_senders");
  const standbys = instances - 1;
  if (standbys === 0 || available === undefined || available >= standbys + joining) return [];
  const remedy = `Write at least ${Math.max(10, standbys + joining)}.`;
  const problem = `does not suffice for ${count(standbys, "standby", "standbys")}`;
  return [
    available < standbys
      ? values.refused("max_wal_senders", { problem: `${problem}.`, remedy })
      : values.warning("max_wal_senders", {
          problem: `${problem} while another one joins, which takes two.`,
          remedy,
        }),
  ];
};

const replicationSlots: ConflictRule = values => {
  const { instances = 1 } = values.around;
  const available = values.number("max_replication_slots");
  if (instances < 2 || available === undefined || available >= instances) return [];
  const finding = {
    problem: `does not suffice: CloudNativePG keeps a slot for each of ${count(instances - 1, "standby", "standbys")}, and a new one before an old one goes.`,
    remedy: "Write 32, CloudNativePG's default.",
  };
  return [
    available < instances - 1
      ? values.refused("max_replication_slots", finding)
      : values.warning("max_replication_slots", finding),
  ];
};

const prepared: ConflictRule = values => {
  const transactions = values.number("max_prepared_transactions");
  const connections = values.number("max_connections");
  if (transactions === undefined || transactions === 0 || !exceeds(connections, transactions)) return [];
  return [
    values.warning("max_prepared_transactions", {
      problem: `is below ${values.named("max_connections")}: not every session can have a transaction prepared.`,
      remedy: `Write ${connections}, or 0 when two-phase commit is not used.`,
    }),
  ];
};

/** Sessions that wait on purpose: the one that holds a base backup, those of a pool. */
const sessionTimeouts: ConflictRule = values =>
  (
    [
      [
        "idle_session_timeout",
        "ends idle sessions, also those of pools and the one that holds a base backup.",
      ],
      [
        "statement_timeout",
        "holds for every session, also for dumps, index builds and the end of a base backup.",
      ],
      ["transaction_timeout", "holds for every session, also for dumps and long reports."],
    ] as const
  ).flatMap(([name, problem]) => timeout(values, name, problem));

function timeout(values: CheckedValues, name: string, problem: string): ReturnType<ConflictRule> {
  if (!exceeds(values.number(name), 0)) return [];
  const remedy = "Set it for the roles of the application: ALTER ROLE … SET.";
  return [values.warning(name, { problem, remedy })];
}

function count(number: number, one: string, more: string): string {
  return `${number} ${number === 1 ? one : more}`;
}

/** About connections and processes. */
export const connectionRules: readonly ConflictRule[] = [
  reserved,
  backends,
  ...workers,
  senders,
  replicationSlots,
  prepared,
  sessionTimeouts,
];

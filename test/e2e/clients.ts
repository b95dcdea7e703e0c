import type { Harness } from "./harness";

/** A pod that uses an instance as an application does: by its Service, with the connection Secret, over TLS. */
export interface ClientPod {
  readonly namespace: string;
  /** Name of the pod. */
  readonly name: string;
  /** Name of the instance. */
  readonly instance: string;
  /** Key of the connection Secret with the host it connects to. @default "host" */
  readonly hostKey?: string;
  /** What it runs: a script for bash, with the programs of the server's own image. */
  readonly script: string;
}

/** Starts the pod. It runs until its script ends, or its namespace goes. */
export async function startClient(
  bench: Harness,
  { namespace, name, instance, hostKey = "host", script }: ClientPod,
): Promise<void> {
  const image = await bench.kubectl(
    "get",
    "clusters.postgresql.cnpg.io",
    "-n",
    namespace,
    `${instance}-g1`,
    "-o",
    "jsonpath={.spec.imageName}",
  );
  const key = (variable: string, key: string) => ({
    name: variable,
    valueFrom: { secretKeyRef: { name: `${instance}-connection`, key } },
  });
  const container = {
    name,
    env: [
      key("PGHOST", hostKey),
      key("PGPORT", "port"),
      key("PGDATABASE", "dbname"),
      key("PGUSER", "username"),
      key("PGPASSWORD", "password"),
      { name: "PGSSLMODE", value: "require" },
      { name: "PGCONNECT_TIMEOUT", value: "2" },
    ],
    resources: { requests: { cpu: "20m", memory: "64Mi" }, limits: { memory: "512Mi" } },
  };
  await bench.kubectl(
    "run",
    name,
    "-n",
    namespace,
    `--image=${image}`,
    "--restart=Never",
    "--override-type=strategic",
    `--overrides=${JSON.stringify({ spec: { terminationGracePeriodSeconds: 1, containers: [container] } })}`,
    "--command",
    "--",
    "bash",
    "-c",
    script,
  );
}

/** Waits until the script has ended, and gives back what it wrote. */
export async function finishedClient(
  bench: Harness,
  { namespace, name }: Pick<ClientPod, "namespace" | "name">,
  seconds: number,
): Promise<string> {
  const over = async (): Promise<boolean> => {
    const phase = await bench.kubectl("get", "pod", "-n", namespace, name, "-o", "jsonpath={.status.phase}");
    return phase === "Succeeded" || phase === "Failed";
  };
  await bench.waitUntil(over, `the end of ${name}`, seconds);
  return bench.kubectl("logs", "-n", namespace, name);
}

/**
 * Writes a row every 10 ms over one session, and connects anew when it has lost it. Each row has its time, the session that wrote it,
 * and the `work_mem` of that session.
 */
export const writer = `
until psql -qc "CREATE TABLE IF NOT EXISTS beat (
  at timestamptz DEFAULT clock_timestamp(), session int DEFAULT pg_backend_pid(), work_mem text DEFAULT current_setting('work_mem'))"
do sleep 0.2; done
while :; do printf 'INSERT INTO beat DEFAULT VALUES \\\\watch 0.01\\n' | psql -q >/dev/null 2>&1; sleep 0.02; done`;

/**
 * Writes a row every 10 ms over one session, which it never opens anew: an error ends it. Says how many rows were written, how many statements failed,
 * and how long the longest took, in milliseconds.
 */
export function steadyWriter(seconds: number): string {
  return `
cd /tmp
until psql -qc "CREATE TABLE IF NOT EXISTS steady (at timestamptz DEFAULT clock_timestamp())"; do sleep 0.2; done
echo 'INSERT INTO steady DEFAULT VALUES;' > insert.sql
pgbench -n -c 1 -R 100 -T ${seconds} -f insert.sql --log > said 2>&1
echo "ended $?"
cat said
# With a rate, the time in the log begins when a statement was due: what it waited for those before it is the last column.
awk '$3 ~ /^[0-9]+$/ { written++; took = $3 - $7; if (took > most) most = took }
  END { print "written", written; print "longest", most / 1000 }' pgbench_log.*`;
}

/** What a {@link steadyWriter} has said. */
export interface SteadyReport {
  written: number;
  failed: number;
  longestMs: number;
}

/** @throws Error with everything it said, when it lost its session */
export function readSteady(log: string): SteadyReport {
  const number = (pattern: RegExp): number => Number(pattern.exec(log)?.[1] ?? NaN);
  const report = {
    written: number(/^written (\d+)$/m),
    failed: number(/number of failed transactions: (\d+)/),
    longestMs: number(/^longest ([\d.]+)$/m),
  };
  if (!/^ended 0$/m.test(log) || Object.values(report).some(Number.isNaN)) throw new Error(log);
  return report;
}

/** Four sessions of pgbench's own transactions, a hundred in a second, started again whenever the server was away. */
export const load = `
until pgbench -i -q -s 1; do sleep 0.5; done
while :; do pgbench -n -c 4 -R 100 -T 600; sleep 0.1; done`;

/**
 * Clients that each read a large sorted result through a cursor and think about it for a second, which holds the memory of the sort:
 * about 40 MB where `work_mem` allows it.
 */
export function reports(clients: number, seconds: number): string {
  return `
set -e
pgbench -i -q -s 4
cat > /tmp/report.sql <<'SQL'
\\set from random(1, 150000)
BEGIN;
DECLARE report NO SCROLL CURSOR FOR SELECT * FROM pgbench_accounts JOIN pgbench_branches USING (bid)
  WHERE aid BETWEEN :from AND :from + 250000 ORDER BY abalance, aid DESC;
FETCH 10 FROM report;
\\sleep 1 s
COMMIT;
SQL
set +e
pgbench -n -f /tmp/report.sql -c ${clients} -j 2 -T ${seconds}
echo "pgbench ended with $?"`;
}

/** Runs one statement as a client whose configuration was fixed at its start, and gives back what psql prints. */
export type Ask = (statement: string) => Promise<string>;

/**
 * Starts a pod whose psql has its host, user, password and the certificate of the authority from the start on, and verifies the server in
 * full: what an application does that knows nothing of generations.
 */
export async function startShell(
  bench: Harness,
  namespace: string,
  instance = "orders",
  hostKey = "host",
): Promise<Ask> {
  const name = `${instance}-${hostKey === "host" ? "" : `${hostKey}-`}shell`;
  const cluster = await bench.field(namespace, `service/${instance}`, ".spec.selector.cnpg\\.io/cluster");
  const image = await bench.field(namespace, `clusters.postgresql.cnpg.io/${cluster}`, ".spec.imageName");
  const secret = (key: string): object => ({ secretKeyRef: { name: `${instance}-connection`, key } });
  const env = [
    { name: "PGHOST", valueFrom: secret(hostKey) },
    { name: "PGUSER", valueFrom: secret("username") },
    { name: "PGPASSWORD", valueFrom: secret("password") },
    { name: "PGDATABASE", valueFrom: secret("database") },
    { name: "PGSSLMODE", value: "verify-full" },
    { name: "PGSSLROOTCERT", value: "/ca/ca.crt" },
  ];
  const volumeMounts = [{ name: "ca", mountPath: "/ca" }];
  await bench.apply({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace },
    spec: {
      terminationGracePeriodSeconds: 0,
      volumes: [{ name: "ca", configMap: { name: `${instance}-ca` } }],
      containers: [{ name: "shell", image, command: ["sleep", "7200"], env, volumeMounts }],
    },
  });
  await bench.kubectl("wait", "-n", namespace, "--for=condition=Ready", `pod/${name}`, "--timeout=60s");
  return async statement =>
    (await bench.kubectl("exec", "-n", namespace, name, "--", "psql", "-XAtqc", statement)).trim();
}

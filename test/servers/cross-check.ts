import fc from "fast-check";
import type { Client } from "pg";
import { type Catalogue, findDefinition, loadCatalogue } from "../../src/parameters/catalogue";
import { ParameterContext, type ParameterDefinition } from "../../src/parameters/definition";
import { checkParameter } from "../../src/parameters/check";
import { Severity } from "../../src/parameters/finding";
import { parseValue } from "../../src/parameters/value";
import { waitFor } from "../../embedded/process";
import { sampleValues } from "./sample-values";
import { type RealServer, withServer } from "./server";

/** One value of one parameter. */
export interface Pair {
  name: string;
  value: string;
}

/** What became of a pair: the setting as the server shows it, `accepted` where that was not looked at, or `refused`. */
export type Verdict = { shown: string } | "accepted" | "refused";

/** A pair that we judge otherwise than the server. */
export interface Difference extends Pair {
  major: number;
  ours: string;
  server: string;
}

/** What came of the check of one major. */
export interface CrossCheck {
  major: number;
  server: string;
  pairs: number;
  /** Pairs whose setting was compared too. */
  shown: number;
  differences: Difference[];
  /** Milliseconds. */
  took: number;
}

/** What the sample is drawn by; another seed draws other pairs. */
export interface SampleOptions {
  /** Default: the seed of the differences that are explained. */
  seed?: number;
  /** Values of each parameter, at most. Default: 12. */
  each?: number;
}

/** The seed that the explained differences belong to. */
export const usualSeed = 49;

/** Libraries whose parameters only a server has that preloads them. */
const preload = ["auto_explain", "pg_prewarm", "pg_stat_statements"];
/** Libraries without which a session takes any value. */
const load = ["pg_trgm", "plpgsql"];

/** Compares our verdicts with those of a real server. */
export async function crossCheck(major: number, options: SampleOptions = {}): Promise<CrossCheck> {
  const started = performance.now();
  const catalogue = loadCatalogue(major);
  const pairs = samplePairs(catalogue, options);
  return withServer(
    major,
    async server => {
      const verdicts = await serverVerdicts(server, catalogue, pairs);
      return {
        major,
        server: server.version,
        pairs: pairs.length,
        shown: verdicts.filter(verdict => typeof verdict === "object").length,
        differences: pairs.flatMap((pair, i) => difference(catalogue, pair, verdicts[i] as Verdict)),
        took: performance.now() - started,
      };
    },
    { shared_preload_libraries: preload.join(",") },
  );
}

/**
 * Names that are none, or of another major, or of nobody. One with two dots is left out: ALTER SYSTEM writes it, and then
 * cannot read its file any more.
 */
const otherNames = [
  ...["shard_buffers", "work_memory", "max_conections", "statement-timeout", "work mem", "", "1st", "émile"],
  ...["promote_trigger_file", "stats_temp_directory", "io_method", "summarize_wal", "force_parallel_mode"],
  ...["sort_mem", "vacuum_mem", "SHARED_BUFFERS", "timezone", "datestyle", "my.own", "my.", ".my"],
  ...[
    "my.1st",
    "my-own.name",
    "ssl_renegotiation_limit",
    "default_with_oids",
    "transaction_isolation",
    "role",
  ],
  ...["server_version", "block_size", "in_hot_standby", "seed"],
];

/** A sample that depends on nothing but the catalogue and the seed. */
export function samplePairs(
  catalogue: Catalogue,
  { seed = usualSeed, each = 12 }: SampleOptions = {},
): Pair[] {
  const all = [...catalogue.definitions.values(), ...catalogue.extensions.values()];
  const drawn = all.filter(definition => isOfServer(catalogue, definition));
  const others = otherNames.filter(
    name => !drawn.some(definition => definition.name === name) && !isOwned(catalogue, name),
  );
  return [
    ...drawn.flatMap(definition =>
      drawnValues(definition, seedOf(definition.name, seed), each).map(value => ({
        name: definition.name,
        value,
      })),
    ),
    ...others.flatMap(name => ["1", "on", "4MB"].map(value => ({ name, value }))),
  ];
}

function isOwned(catalogue: Catalogue, name: string): boolean {
  return findDefinition(catalogue, name)?.ownedByOperator !== undefined;
}

/** Whether the server of the check has the parameter; what CloudNativePG owns is refused whatever the value. */
function isOfServer(catalogue: Catalogue, definition: ParameterDefinition): boolean {
  const { name, source, library, ownedByOperator } = definition;
  const [prefix = ""] = name.split(".");
  return (
    source.startsWith(`pg_settings of PostgreSQL ${catalogue.server}`) &&
    ownedByOperator === undefined &&
    (!name.includes(".") || [...load, ...preload].includes(library ?? prefix))
  );
}

/** A parameter that comes or goes leaves the others' values as they are. */
function seedOf(name: string, seed: number): number {
  return [...name].reduce((sum, letter) => (Math.imul(sum, 31) + letter.charCodeAt(0)) | 0, seed);
}

function drawnValues(definition: ParameterDefinition, seed: number, each: number): string[] {
  const values = sampleValues(definition);
  const length = Math.min(each, values.length);
  const [drawn = []] = fc.sample(fc.shuffledSubarray(values, { minLength: length, maxLength: length }), {
    seed,
    numRuns: 1,
  });
  return drawn;
}

function difference(catalogue: Catalogue, pair: Pair, verdict: Verdict): Difference[] {
  const ours = ourVerdict(catalogue, pair);
  const isCompared = typeof ours === "object" && typeof verdict === "object";
  if (isCompared ? ours.shown === verdict.shown : (ours === "refused") === (verdict === "refused")) return [];
  return [{ major: catalogue.major, ...pair, ours: textOf(ours), server: textOf(verdict) }];
}

function textOf(verdict: Verdict): string {
  return typeof verdict === "object" ? `shown as "${verdict.shown}"` : verdict;
}

/** Leaves aside what CloudNativePG refuses and what has to be allowed: the server knows nothing of either. */
function ourVerdict(catalogue: Catalogue, { name, value }: Pair): Verdict {
  const definition = findDefinition(catalogue, name);
  if (definition === undefined) return nameVerdict(catalogue, name);
  if (definition.context === ParameterContext.Internal || definition.sessionOnly === true) return "refused";
  const parsed = parseValue(definition, value);
  return parsed.ok ? { shown: parsed.canonical } : "refused";
}

/** A warning of a name with a dot says that it is taken as it is. */
function nameVerdict({ major }: Catalogue, name: string): Verdict {
  const findings = checkParameter(name, "", { major });
  return findings.some(({ severity }) => severity === Severity.Refused) ? "refused" : "accepted";
}

/** Parameters of lists whose text ALTER SYSTEM quotes as one name, which a configuration file does not. */
const quotedLists = [
  "local_preload_libraries",
  "oauth_validator_libraries",
  "search_path",
  "session_preload_libraries",
];

/** Names of objects, which ALTER SYSTEM looks up in its database; a server that starts takes them on faith. */
const namesOfObjects = ["default_table_access_method", "default_tablespace", "default_text_search_config"];

/** Values of each parameter that a server is started with to see what they become, where ALTER SYSTEM has judged them. */
const startsEach = 3;

async function serverVerdicts(server: RealServer, catalogue: Catalogue, pairs: Pair[]): Promise<Verdict[]> {
  return server.session(async client => {
    for (const library of load) await client.query(`LOAD '${library}'`);
    const verdicts: Verdict[] = [];
    for (const pair of pairs) verdicts.push(await verdictInSession(catalogue, client, pair));
    const started = (name: string): boolean => isStarted(catalogue, name);
    const most = (name: string): number => (onlyByStart(catalogue, name) ? Infinity : startsEach);
    await inTurn(pairs, verdicts, started, most, round => shownAtStart(server, round));
    // The same session to the end: some values keep new ones waiting, or give roles other names.
    const reloaded = (name: string): boolean => isReloaded(catalogue, name);
    await inTurn(
      pairs,
      verdicts,
      reloaded,
      () => Infinity,
      round => shownAfterReload(client, round),
    );
    // Some values make a shutdown wait.
    await client.query("ALTER SYSTEM RESET ALL");
    await client.query("SELECT pg_reload_conf()");
    return verdicts;
  });
}

function isStarted(catalogue: Catalogue, name: string): boolean {
  const context = findDefinition(catalogue, name)?.context;
  const contexts: unknown[] = [
    ParameterContext.Postmaster,
    ParameterContext.Backend,
    ParameterContext.SuperuserBackend,
  ];
  // Parameters of libraries are read before the libraries are loaded.
  return (contexts.includes(context) && !name.includes(".")) || onlyByStart(catalogue, name);
}

/** ALTER SYSTEM of 16 and older refuses names of its own making; the command line takes hyphens for underscores. */
function onlyByStart(catalogue: Catalogue, name: string): boolean {
  const isOwn = findDefinition(catalogue, name) === undefined && /^[^-]*\.[^-]*$/.test(name);
  return isOwn || quotedLists.includes(name) || namesOfObjects.includes(name);
}

async function verdictInSession(catalogue: Catalogue, client: Client, pair: Pair): Promise<Verdict> {
  const context = findDefinition(catalogue, pair.name)?.context;
  if (onlyByStart(catalogue, pair.name)) return "accepted";
  if (!(await isAccepted(client, pair))) return "refused";
  // What is written stays in a file that a later start reads.
  await client.query(`ALTER SYSTEM RESET ${quotedName(pair.name)}`);
  return context === ParameterContext.User || context === ParameterContext.Superuser
    ? shownInSession(client, pair)
    : "accepted";
}

async function isAccepted(client: Client, { name, value }: Pair): Promise<boolean> {
  const statement = `ALTER SYSTEM SET ${quotedName(name)} = ${client.escapeLiteral(value)}`;
  return client.query(statement).then(
    () => true,
    () => false,
  );
}

function quotedName(name: string): string {
  return name
    .split(".")
    .map(part => `"${part.replaceAll('"', '""')}"`)
    .join(".");
}

/** A session refuses some values that a file may hold, because it can look what they name. */
async function shownInSession(client: Client, { name, value }: Pair): Promise<Verdict> {
  if (notLookedAt.includes(name)) return "accepted";
  const query =
    "SELECT set_config($1, $2, true), (SELECT setting FROM pg_settings WHERE lower(name) = lower($1)) AS shown";
  const set = await client.query<{ shown: string | null }>(query, [name, value]).catch(() => undefined);
  const shown = set?.rows[0]?.shown;
  return shown === undefined || shown === null ? "accepted" : { shown };
}

/** Looks at accepted pairs again, of each parameter one at a time, and puts what the server shows into the verdicts. */
async function inTurn(
  pairs: Pair[],
  verdicts: Verdict[],
  isMeant: (name: string) => boolean,
  most: (name: string) => number,
  look: (round: Pair[]) => Promise<Verdict[]>,
): Promise<void> {
  const rounds: number[][] = [];
  const turns = new Map<string, number>();
  for (const [i, { name }] of pairs.entries()) {
    if (verdicts[i] !== "accepted" || notLookedAt.includes(name) || !isMeant(name)) continue;
    const turn = turns.get(name) ?? 0;
    turns.set(name, turn + 1);
    if (turn < most(name)) (rounds[turn] ??= []).push(i);
  }
  for (const round of rounds) {
    const shown = await look(round.map(i => pairs[i] as Pair));
    for (const [at, i] of round.entries()) verdicts[i] = shown[at] as Verdict;
  }
}

/** Starts at the same time: there is little to compute in one. */
const atOnce = 4;

async function shownAtStart(server: RealServer, round: Pair[]): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  for (let at = 0; at < round.length; at += atOnce) {
    const some = round.slice(at, at + atOnce).map(({ name, value }) =>
      server.computed(name, { [name]: value }).then(
        (shown): Verdict => ({ shown }),
        (): Verdict => "refused",
      ),
    );
    verdicts.push(...(await Promise.all(some)));
  }
  return verdicts;
}

function isReloaded(catalogue: Catalogue, name: string): boolean {
  const definition = findDefinition(catalogue, name);
  return definition?.context === ParameterContext.Sighup && definition.name === name;
}

/** Parameters whose value is not looked at. */
const notLookedAt = [
  // They show what the operating system says of this connection.
  "tcp_keepalives_count",
  "tcp_keepalives_idle",
  "tcp_keepalives_interval",
  "tcp_user_timeout",
  // It holds for the statement that sets it.
  "transaction_timeout",
];

/** Longest time until the server has read its configuration anew, in milliseconds. */
const reloadTimeout = 10_000;

async function shownAfterReload(client: Client, round: Pair[]): Promise<Verdict[]> {
  await client.query("ALTER SYSTEM RESET ALL");
  for (const pair of round) await isAccepted(client, pair);
  const before = await loadTime(client);
  await client.query("SELECT pg_reload_conf()");
  await waitFor(async () => (await loadTime(client)) !== before, {
    what: "The reloaded configuration",
    timeoutMs: reloadTimeout,
    everyMs: 5,
  });
  const { rows } = await client.query<{ name: string; setting: string }>(
    "SELECT name, setting FROM pg_settings",
  );
  const settings = new Map(rows.map(row => [row.name, row.setting]));
  return round.map(({ name }) => ({ shown: settings.get(name) ?? "" }));
}

async function loadTime(client: Client): Promise<string> {
  const { rows } = await client.query<{ at: string }>("SELECT pg_conf_load_time()::text AS at");
  return rows[0]?.at ?? "";
}

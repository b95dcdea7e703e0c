import { readConf } from "./postgresql-conf";
import { UsageError } from "./result";
import { readTextFile } from "./text-file";

/**
 * Parameters from a file: a YAML or JSON map of names and values, a Cluster, what `--json` of this command printed, or lines
 * `name = value` as in postgresql.conf.
 * @param file path, or `-` for standard input
 */
export async function readParameterFile(file: string): Promise<Record<string, string>> {
  const text = readTextFile(file);
  return isConf(file, text) ? readConf(text, file) : readMap(await readYaml(text, file), file);
}

/** By its ending, else by its first line that says something. */
function isConf(file: string, text: string): boolean {
  if (/\.(ya?ml|json)$/i.test(file)) return false;
  if (/\.conf$/i.test(file)) return true;
  const first = text.split("\n").find(line => !/^\s*(#|---|$)/.test(line));
  return first !== undefined && /^\s*[A-Za-z_][\w.$]*(\s*=|\s+[^\s:#])/.test(first);
}

/** Scalars stay as they are written: `on` is no truth value, `0x10` and `1e3` no numbers. */
async function readYaml(text: string, file: string): Promise<unknown> {
  const { parseDocument } = await import("yaml");
  const document = parseDocument(text, { schema: "failsafe" });
  const [error] = document.errors;
  if (error !== undefined) throw new UsageError(`${file} is not YAML: ${error.message.split("\n")[0]}`);
  return document.toJS();
}

/** Where a map of parameters may be found in what else has one. */
const places = [["spec", "postgresql", "parameters"], ["parameters"]];

function readMap(value: unknown, file: string): Record<string, string> {
  if (value === null || value === "" || value === undefined) return {};
  if (!isMap(value)) throw new UsageError(`${file} is not a map of parameters and their values.`);
  const map = places.map(place => within(value, place)).find(isMap) ?? value;
  if (map === value && value.kind === "Cluster") return {};
  return Object.fromEntries(Object.entries(map).map(([name, entry]) => [name, textOf(name, entry, file)]));
}

function within(value: Record<string, unknown>, path: string[]): unknown {
  return path.reduce<unknown>((part, name) => (isMap(part) ? part[name] : undefined), value);
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textOf(name: string, value: unknown, file: string): string {
  if (typeof value === "string") return value;
  // The output of `get --json` and `profile --json` says more of a parameter than its value.
  throw new UsageError(`${file}: the value of ${name} is neither a text nor a number.`);
}

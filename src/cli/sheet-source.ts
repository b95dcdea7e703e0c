import { existsSync } from "node:fs";
import { ArgumentError } from "../argument-error";
import { isRecord } from "../backup/record";
import { configuredInstance, readConfiguration } from "../configuration";
import type { PostgresInstanceArgs } from "../instance/args";
import type { PriceTableArgs } from "../sheet/price-table";
import type { SheetArgs } from "../sheet/args";
import { azureExamplePrices } from "../sheet/azure-prices";
import { type SheetStore, sheetStore } from "../sheet/store";
import { PlainFailure, UsageError } from "./result";
import { readTextFile } from "./text-file";

/** An instance and what its sheet reckons with. */
export interface SheetSource {
  /** Name of the resource, which is that of the instance where the arguments name none. */
  resource: string;
  args: PostgresInstanceArgs;
  store?: SheetStore;
}

/** Where they are read from. */
export interface SheetFiles {
  stack?: string;
  /** Arguments of a PostgresInstance. */
  file?: string;
  settings?: string;
  prices?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Project of the reference stack, and name of the table that this package has. */
const project = "pulumi-cnpg";
const example = "azure-example";

/** The instance with its settings and prices put in. */
export async function readSheetSource(files: SheetFiles, env: Environment): Promise<SheetSource> {
  const { stack, file, settings, prices } = files;
  const read = stack === undefined ? await argumentsOf(file ?? "-") : await stackSource(stack, env);
  const own = settings === undefined ? read.args.sheet : ((await readMap(settings)) as SheetArgs);
  const table = prices === undefined ? (own?.prices ?? read.prices) : await pricesOf(prices);
  const sheet = { ...own, ...(table === undefined ? {} : { prices: table }) };
  const { resource, args, store } = read;
  return { resource, args: { ...args, sheet }, ...(store === undefined ? {} : { store }) };
}

interface Read extends SheetSource {
  /** Prices where nobody says which. */
  prices?: PriceTableArgs;
}

async function argumentsOf(file: string): Promise<Read> {
  const { backup, ...args } = await readMap(file);
  const resource = typeof args.name === "string" ? args.name : "instance";
  if (!isRecord(backup)) return { resource, args };
  const { recoveryWindowDays, sidecar } = (backup.store ?? {}) as Partial<SheetStore>;
  if (typeof recoveryWindowDays !== "number")
    throw new UsageError(`${file}: backup.store.recoveryWindowDays is missing, for example 7.`);
  return {
    resource,
    args,
    store: sheetStore({ recoveryWindowDays, ...(sidecar === undefined ? {} : { sidecar }) }),
  };
}

async function stackSource(stack: string, env: Environment): Promise<Read> {
  const file = `Pulumi.${stack}.yaml`;
  if (!existsSync(file))
    throw new PlainFailure(
      `${file} is not in this folder. Name a stack that has a file here, or the arguments of an instance with --arguments.`,
    );
  const { config = {} } = await readMap(file);
  const values = isRecord(config) ? config : {};
  const configuration = refusing(() =>
    readConfiguration({
      config: key => configText(values[`${project}:${key}`], file, key),
      // That there is a secret is all that counts.
      secretConfig: key => (values[`${project}:${key}`] === undefined ? undefined : "secret"),
      environment: { ...env },
    }),
  );
  const args = { ...configuredInstance(configuration), password: undefined };
  const { backupDestination, backupRetentionDays, aksClusterName } = configuration;
  return {
    resource: configuration.instanceName,
    args,
    ...(backupDestination === undefined
      ? {}
      : { store: sheetStore({ recoveryWindowDays: backupRetentionDays }) }),
    ...(aksClusterName === undefined ? {} : { prices: azureExamplePrices }),
  };
}

/** What Pulumi gives to the program: JSON for what is no scalar. */
function configText(value: unknown, file: string, key: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (isRecord(value) && "secure" in value)
    throw new UsageError(`${file}: ${key} is encrypted, so it cannot be read without the engine.`);
  return typeof value === "object" ? JSON.stringify(value) : String(value as string | number | boolean);
}

function refusing<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof ArgumentError ? new UsageError(error.message) : error;
  }
}

async function pricesOf(table: string): Promise<PriceTableArgs> {
  if (table === example) return azureExamplePrices;
  return (await readMap(table)) as unknown as PriceTableArgs;
}

async function readMap(file: string): Promise<Record<string, unknown>> {
  const text = readTextFile(file);
  const { parseDocument } = await import("yaml");
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error !== undefined) throw new UsageError(`${file} is not YAML: ${error.message.split("\n")[0]}`);
  const value: unknown = document.toJS();
  if (value === null || value === undefined) return {};
  if (!isRecord(value)) throw new UsageError(`${file} is not a map.`);
  return value;
}

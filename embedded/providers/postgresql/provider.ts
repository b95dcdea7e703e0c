import { createHash, randomBytes } from "node:crypto";

import { equal, member, Unknown, withoutSecrets } from "../protocol/property";
import type { PropertyMap } from "../protocol/property";
import { parseUrn, servedResource } from "../protocol/provider";
import type {
  CheckRequest,
  CheckResult,
  CreateRequest,
  DeleteRequest,
  DiffRequest,
  DiffResult,
  PropertyDifference,
  Provider,
  ReadRequest,
  ReadResult,
  UpdateRequest,
} from "../protocol/provider";
import { database } from "./database";
import { defaultPrivileges } from "./default-privileges";
import { extension } from "./extension";
import { completed, differences, failures, inputsOf, settled } from "./fields";
import { grant } from "./grant";
import { grantRole } from "./grant-role";
import type { PostgresqlResource } from "./resource";
import { role } from "./role";
import { schema } from "./schema";
import { Server } from "./server";
import type { Open } from "./server";
import { readSettings } from "./settings";

const resources = new Map<string, PostgresqlResource>([
  ["postgresql:index/database:Database", database],
  ["postgresql:index/defaultPrivileges:DefaultPrivileges", defaultPrivileges],
  ["postgresql:index/extension:Extension", extension],
  ["postgresql:index/grant:Grant", grant],
  ["postgresql:index/grantRole:GrantRole", grantRole],
  ["postgresql:index/role:Role", role],
  ["postgresql:index/schema:Schema", schema],
]);

const resourceOf = (urn: string): PostgresqlResource => servedResource(resources, urn);

/** The `postgresql` package as far as this project uses it. The engine starts one process per provider instance. */
export class PostgresqlProvider implements Provider {
  private configured: Server | undefined;

  constructor(
    readonly version: string,
    private readonly open?: Open,
  ) {}

  checkConfig(news: PropertyMap): CheckResult {
    return { inputs: news };
  }

  /** Another server or login is a change, but replaces nothing. */
  diffConfig(olds: PropertyMap, news: PropertyMap): DiffResult {
    const detailed = new Map<string, PropertyDifference>();
    for (const key of Object.keys({ ...olds, ...news })) {
      const [old, now] = [olds[key] ?? null, news[key] ?? null];
      if (equal(old, now)) continue;
      const kind = old === null ? "add" : now === null ? "delete" : "update";
      detailed.set(key, { kind, replace: false, inputs: true });
    }
    return { changes: detailed.size > 0, replaces: [], deleteBeforeReplace: false, detailed };
  }

  async configure(variables: Map<string, string>): Promise<void> {
    this.configured = new Server(readSettings(variables, process.env), this.open);
  }

  async check({ urn, olds, news, ...request }: CheckRequest): Promise<CheckResult> {
    const { fields } = resourceOf(urn);
    const given = member(news, "name") ?? null;
    const named = "name" in fields && given === null ? { ...news, name: nameFor(urn, olds, request) } : news;
    return { inputs: named, failures: failures(fields, named) };
  }

  async diff({ urn, oldState, news, ignoreChanges }: DiffRequest): Promise<DiffResult> {
    const { fields, deleteBeforeReplace } = resourceOf(urn);
    const detailed = differences(fields, oldState, news);
    for (const key of ignoreChanges) detailed.delete(key);
    const replaces = [...detailed].filter(([, { replace }]) => replace).map(([key]) => key);
    // There cannot be two of one name at a time.
    const keepsName = "name" in fields && !detailed.has("name");
    return {
      changes: detailed.size > 0,
      replaces,
      deleteBeforeReplace: replaces.length > 0 && (deleteBeforeReplace === true || keepsName),
      detailed,
    };
  }

  async create({ urn, properties, preview }: CreateRequest): Promise<{ id: string; state: PropertyMap }> {
    const resource = resourceOf(urn);
    const inputs = completed(resource.fields, properties);
    if (preview) return { id: "", state: { ...unknownOutputs(resource), ...inputs } };
    const id = await about(urn, () => resource.create(this.server, withoutSecrets(inputs)));
    return { id, state: await this.stateOf(urn, id, inputs) };
  }

  async read({ id, urn, state, inputs }: ReadRequest): Promise<ReadResult> {
    const { fields, read } = resourceOf(urn);
    const imported = Object.keys(inputs).length === 0;
    const found = await about(urn, () => read(this.server, id, withoutSecrets(state)));
    if (found === undefined) return { id: "" };
    const now = settled(fields, found, state);
    return { id, state: now, inputs: inputsOf(fields, now, inputs, imported) };
  }

  async update({ id, urn, oldState, news, preview }: UpdateRequest): Promise<PropertyMap> {
    const resource = resourceOf(urn);
    const wanted = completed(resource.fields, news);
    // What only the server decides stays as it is.
    const kept = Object.entries(oldState).filter(([key]) => resource.fields[key]?.computed === true);
    const complete = { ...Object.fromEntries(kept), ...wanted };
    if (preview || resource.update === undefined) return complete;
    const { update } = resource;
    const now = await about(urn, () =>
      update(this.server, withoutSecrets(oldState), withoutSecrets(complete)),
    );
    return this.stateOf(urn, now || id, complete);
  }

  async delete({ urn, state }: DeleteRequest): Promise<void> {
    await about(urn, () => resourceOf(urn).delete(this.server, withoutSecrets(state)));
  }

  async invoke(token: string): Promise<PropertyMap> {
    throw new Error(`${token} is not served by the stand-in plugin.`);
  }

  cancel(): void {}

  /** The state after a change, as the server has it. */
  private async stateOf(urn: string, id: string, wanted: PropertyMap): Promise<PropertyMap> {
    const { fields, read } = resourceOf(urn);
    const found = await about(urn, () => read(this.server, id, withoutSecrets(wanted)));
    if (found === undefined) throw new Error(`${parseUrn(urn).type} ${id}: the server does not have it.`);
    return settled(fields, found, wanted);
  }

  private get server(): Server {
    if (this.configured === undefined)
      throw new Error("The engine used the postgresql plugin before configuring it.");
    return this.configured;
  }
}

/** Puts before an error what it is about. */
async function about<T>(urn: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const { type, name } = parseUrn(urn);
    const what = type.slice(type.lastIndexOf(":") + 1);
    throw new Error(`${what} "${name}": ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

function unknownOutputs({ fields }: PostgresqlResource): PropertyMap {
  const computed = Object.keys(fields).filter(key => fields[key]?.computed);
  return Object.fromEntries(computed.map(key => [key, Unknown.instance]));
}

/** A name that the program leaves open: it stays for the life of the resource. */
function nameFor(
  urn: string,
  olds: PropertyMap,
  { randomSeed, autonaming }: Pick<CheckRequest, "randomSeed" | "autonaming">,
): string {
  const { name } = parseUrn(urn);
  const old = withoutSecrets(olds)["name"];
  if (typeof old === "string") return old;
  if (autonaming?.mode === "disable")
    throw new Error("autonaming is disabled, resource requires name to be set");
  if (autonaming !== undefined) return autonaming.proposedName;
  const chance =
    randomSeed.length === 0 ? randomBytes(4) : createHash("sha256").update(randomSeed).update(name).digest();
  return `${name}-${chance.toString("hex").slice(0, 7)}`;
}

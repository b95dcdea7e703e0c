import {
  containsSecret,
  containsUnknown,
  equal,
  Secret,
  Unknown,
  withoutSecrets,
} from "../protocol/property";
import type { PropertyMap } from "../protocol/property";
import { noDifference, parseUrn, servedResource } from "../protocol/provider";
import type {
  CheckRequest,
  CheckResult,
  CreateRequest,
  DiffRequest,
  DiffResult,
  PropertyDifference,
  Provider,
  ReadRequest,
  ReadResult,
  UpdateRequest,
} from "../protocol/provider";
import { randomId, randomInteger, randomPet, randomShuffle, randomUuid } from "./identifier";
import { randomPassword, randomString } from "./password";
import type { RandomResource } from "./resource";

const resources = new Map<string, RandomResource>([
  ["random:index/randomId:RandomId", randomId],
  ["random:index/randomInteger:RandomInteger", randomInteger],
  ["random:index/randomPassword:RandomPassword", randomPassword],
  ["random:index/randomPet:RandomPet", randomPet],
  ["random:index/randomShuffle:RandomShuffle", randomShuffle],
  ["random:index/randomString:RandomString", randomString],
  ["random:index/randomUuid:RandomUuid", randomUuid],
]);

const resourceOf = (urn: string): RandomResource => servedResource(resources, urn);

/** The `random` package: values are made once, kept in the state, and made anew when an argument or a keeper changes. */
export class RandomProvider implements Provider {
  constructor(readonly version: string) {}

  checkConfig(news: PropertyMap): CheckResult {
    return { inputs: news };
  }

  diffConfig(): DiffResult {
    return noDifference();
  }

  async configure(): Promise<void> {}

  async check(request: CheckRequest): Promise<CheckResult> {
    resourceOf(request.urn);
    return { inputs: request.news };
  }

  async diff(request: DiffRequest): Promise<DiffResult> {
    const { defaults } = resourceOf(request.urn);
    const before = { ...defaults, ...withoutSecrets(request.oldInputs) };
    const after = { ...defaults, ...withoutSecrets(request.news) };
    const detailed = new Map<string, PropertyDifference>();
    for (const key of Object.keys({ ...before, ...after })) {
      if (request.ignoreChanges.includes(key)) continue;
      const [old, now] = [before[key] ?? null, after[key] ?? null];
      if (equal(old, now) && !containsUnknown(now)) continue;
      const kind = old === null ? "add" : now === null ? "delete" : "update";
      detailed.set(key, { kind, replace: true, inputs: true });
    }
    return {
      changes: detailed.size > 0,
      replaces: [...detailed.keys()],
      deleteBeforeReplace: false,
      detailed,
    };
  }

  async create({ urn, properties, preview }: CreateRequest): Promise<{ id: string; state: PropertyMap }> {
    const resource = resourceOf(urn);
    const inputs = { ...resource.defaults, ...properties };
    if (preview) return { id: "", state: { ...inputs, ...unknownOutputs(resource) } };
    const { id, outputs } = await resource.generate(withoutSecrets(inputs));
    return { id, state: { ...inputs, ...markSecret(outputs, resource, properties) } };
  }

  async read({ id, urn, state, inputs }: ReadRequest): Promise<ReadResult> {
    if (Object.keys(state).length > 0) return { id, state, inputs };
    const resource = resourceOf(urn);
    if (resource.recognise === undefined) throw new Error(`${parseUrn(urn).type} cannot be imported.`);
    const known = await resource.recognise(id);
    const complete = { ...resource.defaults, ...known.inputs, ...markSecret(known.outputs, resource, {}) };
    return { id: known.id, state: complete, inputs: known.inputs };
  }

  /** Every argument replaces the resource, so an update only carries new keeper secrets and the like. */
  async update({ urn, oldState, news }: UpdateRequest): Promise<PropertyMap> {
    return { ...oldState, ...resourceOf(urn).defaults, ...news };
  }

  async delete(): Promise<void> {}

  async invoke(token: string): Promise<PropertyMap> {
    throw new Error(`${token} is not served by the stand-in plugin.`);
  }

  cancel(): void {}
}

function unknownOutputs(resource: RandomResource): PropertyMap {
  const outputs: PropertyMap = {};
  for (const key of resource.secrets) outputs[key] = new Secret(Unknown.instance);
  return outputs;
}

/** A value made from secret arguments is as secret as they are. */
function markSecret(outputs: PropertyMap, resource: RandomResource, inputs: PropertyMap): PropertyMap {
  const all = Object.entries(inputs).some(([key, value]) => key !== "keepers" && containsSecret(value));
  const result: PropertyMap = {};
  for (const [key, value] of Object.entries(outputs)) {
    result[key] = all || resource.secrets.includes(key) ? new Secret(value) : value;
  }
  return result;
}

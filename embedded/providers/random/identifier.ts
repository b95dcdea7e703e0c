import { randomBytes, randomInt, randomUUID } from "node:crypto";

import type { PropertyMap } from "../protocol/property";
import { shuffled } from "./characters";
import { optionalText, wholeNumber } from "./resource";
import type { RandomResource } from "./resource";

export const randomId: RandomResource = {
  defaults: {},
  secrets: [],
  async generate(inputs) {
    const bytes = randomBytes(wholeNumber(inputs, "byteLength"));
    const hex = bytes.toString("hex");
    const prefix = optionalText(inputs, "prefix");
    const spellings = {
      b64Std: bytes.toString("base64"),
      b64Url: bytes.toString("base64url"),
      hex,
      dec: BigInt(`0x${hex || "0"}`).toString(),
    };
    const outputs: PropertyMap = {};
    for (const [key, value] of Object.entries(spellings)) outputs[key] = prefix + value;
    return { id: spellings.b64Url, outputs };
  },
};

export const randomUuid: RandomResource = {
  defaults: {},
  secrets: [],
  async generate() {
    const result = randomUUID();
    return { id: result, outputs: { result } };
  },
  async recognise(uuid) {
    return { id: uuid, inputs: {}, outputs: { result: uuid } };
  },
};

export const randomInteger: RandomResource = {
  defaults: {},
  secrets: [],
  async generate(inputs) {
    const min = wholeNumber(inputs, "min");
    const max = wholeNumber(inputs, "max");
    if (min > max) throw new Error(`min (${min}) must not be greater than max (${max})`);
    const result = randomInt(min, max + 1);
    return { id: String(result), outputs: { result } };
  },
};

export const randomShuffle: RandomResource = {
  defaults: {},
  secrets: [],
  async generate(inputs) {
    const values = Array.isArray(inputs["inputs"]) ? inputs["inputs"] : [];
    const count = typeof inputs["resultCount"] === "number" ? inputs["resultCount"] : values.length;
    const results: PropertyMap[string][] = [];
    while (values.length > 0 && results.length < count) results.push(...shuffled(values));
    return { id: "-", outputs: { results: results.slice(0, count) } };
  },
};

const adverbs = [
  "boldly",
  "calmly",
  "fairly",
  "gladly",
  "kindly",
  "mostly",
  "neatly",
  "openly",
  "rarely",
  "wisely",
];
const adjectives = [
  "amber",
  "brave",
  "clever",
  "eager",
  "fond",
  "gentle",
  "happy",
  "keen",
  "lucky",
  "nimble",
];
const animals = [
  "badger",
  "crane",
  "dolphin",
  "falcon",
  "gecko",
  "heron",
  "lynx",
  "marmot",
  "otter",
  "wombat",
];

export const randomPet: RandomResource = {
  defaults: { length: 2, separator: "-" },
  secrets: [],
  async generate(inputs) {
    const length = wholeNumber(inputs, "length");
    const choose = (words: string[]): string => words[randomInt(words.length)] as string;
    const words = Array.from({ length: Math.max(length - 2, 0) }, () => choose(adverbs));
    if (length > 1) words.push(choose(adjectives));
    words.push(choose(animals));
    const prefix = optionalText(inputs, "prefix");
    const id = [...(prefix === "" ? [] : [prefix]), ...words].join(optionalText(inputs, "separator"));
    return { id, outputs: {} };
  },
};

import { hash } from "bcryptjs";

import type { PropertyMap } from "../protocol/property";
import { randomCharacters } from "./characters";
import { optionalText, wholeNumber } from "./resource";
import type { RandomResource } from "./resource";

const defaults: PropertyMap = {
  lower: true,
  upper: true,
  numeric: true,
  special: true,
  minLower: 0,
  minUpper: 0,
  minNumeric: 0,
  minSpecial: 0,
};

const bcryptCost = 10;

function generateText(inputs: PropertyMap): string {
  return randomCharacters({
    length: wholeNumber(inputs, "length"),
    lower: inputs["lower"] === true,
    upper: inputs["upper"] === true,
    // `number` is the older name of `numeric`.
    numeric: inputs["numeric"] === true && inputs["number"] !== false,
    special: inputs["special"] === true,
    overrideSpecial: optionalText(inputs, "overrideSpecial"),
    minLower: wholeNumber(inputs, "minLower"),
    minUpper: wholeNumber(inputs, "minUpper"),
    minNumeric: wholeNumber(inputs, "minNumeric"),
    minSpecial: wholeNumber(inputs, "minSpecial"),
  });
}

export const randomPassword: RandomResource = {
  defaults,
  secrets: ["result", "bcryptHash"],
  async generate(inputs) {
    const result = generateText(inputs);
    return { id: "none", outputs: { result, bcryptHash: await hash(result, bcryptCost) } };
  },
  async recognise(password) {
    const outputs = { result: password, bcryptHash: await hash(password, bcryptCost) };
    return { id: "none", inputs: { length: [...password].length }, outputs };
  },
};

export const randomString: RandomResource = {
  defaults,
  secrets: [],
  async generate(inputs) {
    const result = generateText(inputs);
    return { id: result, outputs: { result } };
  },
  async recognise(text) {
    return { id: text, inputs: { length: [...text].length }, outputs: { result: text } };
  },
};

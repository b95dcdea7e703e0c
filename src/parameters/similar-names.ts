import { editDistance } from "../nearest";
import type { Catalogue } from "./catalogue";

/** Names of a catalogue, without the signs and the letter case that people get wrong. */
interface NameIndex {
  names: readonly string[];
  byLetters: ReadonlyMap<string, string>;
}

const indices = new WeakMap<Catalogue, NameIndex>();

const letters = (name: string): string => name.toLowerCase().replace(/[^a-z0-9.]/g, "");

function indexOf(catalogue: Catalogue): NameIndex {
  let index = indices.get(catalogue);
  if (index === undefined) {
    const names = [...catalogue.definitions.values(), ...catalogue.extensions.values()]
      .filter(({ sessionOnly }) => sessionOnly !== true)
      .map(({ name }) => name);
    index = { names, byLetters: new Map(names.map(name => [letters(name), name])) };
    indices.set(catalogue, index);
  }
  return index;
}

const mostNames = 3;

/**
 * The names most like one that does not exist, at most three: the same letters with other signs between them,
 * else those with the fewest edits, else those it is a part of. Empty when nothing is like it.
 */
export function similarNames(catalogue: Catalogue, name: string): string[] {
  const { names, byLetters } = indexOf(catalogue);
  const same = byLetters.get(letters(name));
  if (same !== undefined) return [same];
  const near = nearestNames(names, name.toLowerCase());
  return near.length > 0 ? near : namesWithParts(names, name.toLowerCase());
}

function nearestNames(names: readonly string[], wrong: string): string[] {
  let fewest = Math.max(2, Math.floor(wrong.length / 4));
  let found: string[] = [];
  for (const name of names) {
    if (Math.abs(name.length - wrong.length) > fewest) continue;
    const edits = editDistance(wrong, name.toLowerCase());
    if (edits > fewest) continue;
    if (edits < fewest) found = [];
    fewest = edits;
    found.push(name);
  }
  return found.length > mostNames ? [] : found;
}

/** Names in which every word of the wrong one begins a word, like `max_connections` for `max_conn`. */
function namesWithParts(names: readonly string[], wrong: string): string[] {
  const parts = wrong.split(/[^a-z0-9]+/).filter(part => part !== "");
  if (parts.join("").length < 4) return [];
  const found = names.filter(name => {
    const words = name.toLowerCase().split(/[_.]/);
    return parts.every(part => words.some(word => word.startsWith(part)));
  });
  return found.length > mostNames ? [] : found;
}

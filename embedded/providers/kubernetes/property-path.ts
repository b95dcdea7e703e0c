/** One step into a property: a key, an index, or `*` for every element. */
export type PathStep = string | number;

/** Reads Pulumi's spelling of a path: `spec.containers[0].image`, `metadata.annotations["a.b/c"]`, `spec.list[*]`. */
export function parsePath(path: string): PathStep[] {
  const steps: PathStep[] = [];
  const pattern = /\.?([^.[\]"]+)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]|\[(\*)\]/gy;
  let end = 0;
  for (let match = pattern.exec(path); match !== null; match = pattern.exec(path)) {
    end = pattern.lastIndex;
    const [, key, index, quoted, every] = match;
    if (index !== undefined) steps.push(Number(index));
    else steps.push(key ?? quoted?.replace(/\\(.)/g, "$1") ?? every ?? "*");
  }
  if (end !== path.length)
    throw new Error(`"${path}" is not a property path: it cannot be read from "${path.slice(end)}".`);
  return steps;
}

/** Writes a path as the engine reads it. */
export function formatPath(path: readonly PathStep[]): string {
  let result = "";
  for (const step of path) {
    if (typeof step === "number") result += `[${step}]`;
    else if (/[."[\]]/.test(step)) result += `["${step.replaceAll('"', '\\"')}"]`;
    else result += result === "" ? step : `.${step}`;
  }
  return result;
}

/** True when the outer path is the inner one or one of its parents; `*` matches any step. */
export function contains(outer: readonly PathStep[], inner: readonly PathStep[]): boolean {
  return outer.length <= inner.length && outer.every((step, index) => step === "*" || step === inner[index]);
}

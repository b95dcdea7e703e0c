import type { ValueProblem } from "./report";

/** What the name of a size of virtual machines says. */
export interface VmSize {
  family: string;
  vCpus: number;
  /** Whether Premium SSD and Premium SSD v2 can be attached. */
  premiumStorage: boolean;
  /** Whether it has a local disk. */
  localDisk: boolean;
}

/**
 * Reads a size by its name. Source: "Azure virtual machine sizes naming conventions", Microsoft Learn, 2025.
 * @returns undefined when the name has another form
 */
export function parseVmSize(name: string): VmSize | undefined {
  const match = /^Standard_([A-Z]{1,3})(\d+)(?:-\d+)?([a-z]*)(?:_[A-Za-z0-9]+)*?(?:_v\d+)?$/.exec(name);
  if (match === null) return undefined;
  const [, family = "", vCpus = "0", features = ""] = match;
  return {
    family,
    vCpus: Number(vCpus),
    // The second generation of D and G has the letter in the family.
    premiumStorage: features.includes("s") || /^[DG]S$/.test(family),
    // All of the storage-optimised family have one.
    localDisk: features.includes("d") || family === "L",
  };
}

/** What is wrong with a size for nodes; those of PostgreSQL need Premium SSD. */
export function vmSizeProblem(name: string, leastVCpus: number): ValueProblem | undefined {
  const size = parseVmSize(name);
  if (size === undefined)
    return ["is not a size of virtual machines.", 'Write it as Azure does, for example "Standard_D4s_v5".'];
  if (!size.premiumStorage)
    return [
      "cannot have Premium SSD attached: its name has no s for premium storage.",
      `Nearest is "${name.replace(/^(Standard_[A-Z]+\d+(?:-\d+)?[a-z]*)/, "$1s")}".`,
    ];
  if (size.vCpus < leastVCpus)
    return [
      `has ${size.vCpus} vCPU, fewer than the ${leastVCpus} that such a pool needs.`,
      'Choose a larger one of the family, for example "Standard_D4s_v5".',
    ];
  return undefined;
}

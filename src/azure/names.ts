import type { Report } from "../report";
import { checkText, type ValueProblem } from "./report";

/** What Azure takes as the name of a kind of resource. */
export interface NameRule {
  /** The kind, as a noun with its article. */
  kind: string;
  form: RegExp;
  /** The form in words. */
  allowed: string;
  longest: number;
  shortest: number;
  /** Characters that may stand in it. */
  characters: RegExp;
  lowerCase: boolean;
  /** Whether it must begin with a letter; else a digit will do as well. */
  letterFirst: boolean;
}

/** Source: "Naming rules and restrictions for Azure resources", Microsoft Learn, 2025; of node pools: "Create node pools in AKS", 2025. */
export const azureNames = {
  resourceGroup: rule("a resource group", 1, 90, /[\w().-]/, {
    allowed: "1 to 90 letters, digits, underscores, parentheses, hyphens and periods, not ending in a period",
    form: /^[\w().-]{0,89}[\w()-]$/,
  }),
  cluster: rule("an AKS cluster", 1, 63, /[\w-]/, {
    allowed: "1 to 63 letters, digits, underscores and hyphens, with a letter or digit at both ends",
    form: /^[A-Za-z0-9]([\w-]{0,61}[A-Za-z0-9])?$/,
  }),
  nodePool: rule("a node pool", 1, 12, /[a-z0-9]/, {
    allowed: "1 to 12 lower case letters and digits, beginning with a letter",
    form: /^[a-z][a-z0-9]{0,11}$/,
    lowerCase: true,
    letterFirst: true,
  }),
  storageAccount: rule("a storage account", 3, 24, /[a-z0-9]/, {
    allowed: "3 to 24 lower case letters and digits; it must be free in all of Azure",
    form: /^[a-z0-9]{3,24}$/,
    lowerCase: true,
  }),
  identity: rule("a user-assigned identity", 3, 128, /[\w-]/, {
    allowed: "3 to 128 letters, digits, hyphens and underscores, beginning with a letter or digit",
    form: /^[A-Za-z0-9][\w-]{2,127}$/,
  }),
  federatedCredential: rule("a federated credential", 3, 120, /[\w-]/, {
    allowed: "3 to 120 letters, digits, hyphens and underscores, beginning with a letter or digit",
    form: /^[A-Za-z0-9][\w-]{2,119}$/,
  }),
} as const;

function rule(
  kind: string,
  shortest: number,
  longest: number,
  characters: RegExp,
  rest: Pick<NameRule, "allowed" | "form"> & Partial<NameRule>,
): NameRule {
  return { kind, shortest, longest, characters, lowerCase: false, letterFirst: false, ...rest };
}

/** Reports a name that Azure does not take, where it is given and known while the program runs. */
export function checkAzureName(argument: string, value: unknown, of: NameRule, report: Report): void {
  checkText(argument, value, text => nameProblem(text, of), report);
}

/** What is wrong with a name, with the nearest one that is allowed. */
export function nameProblem(text: string, of: NameRule): ValueProblem | undefined {
  if (of.form.test(text)) return undefined;
  const near = nearestName(text, of);
  return [
    `is not the name of ${of.kind}.`,
    `Use ${of.allowed}${near === undefined ? "" : `; nearest is "${near}"`}.`,
  ];
}

/** The name with what is not allowed taken out; undefined when not enough is left. */
export function nearestName(text: string, of: NameRule): string | undefined {
  const cased = of.lowerCase ? text.toLowerCase() : text;
  const kept = [...cased].filter(character => of.characters.test(character)).join("");
  const begun = kept.replace(of.letterFirst ? /^[^A-Za-z]+/ : /^[^A-Za-z0-9]+/, "");
  const near = begun.slice(0, of.longest).replace(/[^A-Za-z0-9]+$/, "");
  return of.form.test(near) ? near : undefined;
}

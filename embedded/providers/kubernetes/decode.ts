import { parseAllDocuments } from "yaml";

import { isMap } from "../protocol/property";
import type { PropertyMap } from "../protocol/property";
import type { Cluster } from "./cluster";
import { apiVersionOf, kindOf, namespaceOf, withMetadata } from "./manifest";
import type { Manifest } from "./manifest";

/** The objects of a YAML or JSON stream; documents without apiVersion or kind are skipped, as kubectl skips them. */
export async function decodeYaml(
  cluster: Cluster,
  text: string,
  defaultNamespace: string,
): Promise<PropertyMap> {
  const objects: Manifest[] = [];
  for (const value of parseStream(text)) {
    if (!isMap(value) || apiVersionOf(value) === "" || kindOf(value) === "") continue;
    const needsNamespace =
      defaultNamespace !== "" && namespaceOf(value) === "" && (await cluster.isNamespaced(value));
    objects.push(needsNamespace ? withMetadata(value, "namespace", defaultNamespace) : value);
  }
  return { result: objects };
}

/** Kubernetes reads YAML 1.1 without its dates and base-60 numbers: `on` is a boolean, `0644` is octal. */
export function parseStream(text: string): PropertyMap[string][] {
  const documents = parseAllDocuments(text, {
    version: "1.1",
    merge: true,
    customTags: tags =>
      tags.filter(
        tag => typeof tag === "string" || (tag.tag !== "tag:yaml.org,2002:timestamp" && !isBase60(tag)),
      ),
  });
  if (!Array.isArray(documents)) return [];
  return documents.map(document => {
    const [error] = document.errors;
    if (error !== undefined) throw new Error(`The YAML cannot be read: ${error.message}`);
    return document.toJS({ maxAliasCount: 10_000 }) as PropertyMap[string];
  });
}

const isBase60 = (tag: object): boolean => "format" in tag && tag.format === "TIME";

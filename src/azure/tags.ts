import type { Report } from "../report";

/** Tags that say where a resource comes from. They can be replaced one by one. */
export function tagsOf(
  component: string,
  own: Readonly<Record<string, string>> | undefined,
): Record<string, string> {
  return { "managed-by": "pulumi-cnpg", component, ...own };
}

/** Source: "Use tags to organize your Azure resources", Microsoft Learn, 2025; storage accounts take the shortest keys. */
export function checkTags(tags: Readonly<Record<string, string>> | undefined, report: Report): void {
  const entries = Object.entries(tags ?? {});
  // Two are our own.
  if (entries.length > 48)
    report("tags", undefined, `has ${entries.length} tags.`, "Azure takes 50, of which two are set here.");
  for (const [key, value] of entries)
    if (!/^[^<>%&\\?/]{1,128}$/.test(key) || value.length > 256)
      report(
        `tags.${key}`,
        value,
        "is not a tag that every resource takes.",
        "A key has at most 128 characters without < > % & \\ ? /, a value at most 256.",
      );
}

/**
 * Extensions whose library CloudNativePG preloads as soon as one of their parameters is set, in the order in which it adds them. The
 * library and the beginning of the parameters' names are the same word.
 * Source: CloudNativePG 1.30, pkg/postgres/configuration.go, ManagedExtensions.
 */
export const managedLibraries: readonly string[] = [
  "pgaudit",
  "pg_stat_statements",
  "auto_explain",
  "pg_failover_slots",
];

/** Of the managed libraries, the one that a parameter is for. CloudNativePG looks at the letters' case; the server does not. */
export function managedLibrary(parameter: string): string | undefined {
  return managedLibraries.find(library => parameter.startsWith(`${library}.`));
}

/**
 * Value of `shared_preload_libraries` as CloudNativePG writes it: the libraries that are asked for, then those that parameters need.
 * The server compares the text, so another order is a restart too.
 */
export function sharedPreloadLibraries(
  listed: readonly string[],
  parameters: Readonly<Record<string, string>>,
): string {
  const used = new Set(Object.keys(parameters).map(managedLibrary));
  const managed = managedLibraries.filter(library => used.has(library));
  return [...new Set([...listed.filter(library => library !== ""), ...managed])].join(",");
}

import { join } from "node:path";
import { buildSync } from "esbuild";

/** A compiled program as one file, with its packages in it: small enough for a ConfigMap, so that it needs no registry. */
export function bundled(entry: string): string {
  const { outputFiles } = buildSync({
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: "node",
    target: "node20",
    format: "cjs",
    // pg tries its native binding and goes on without it.
    external: ["pg-native"],
    minifyWhitespace: true,
    logLevel: "warning",
  });
  return outputFiles[0]?.text ?? "";
}

/** The service of the example. */
export function bundledServer(): string {
  return bundled(join(__dirname, "server.js"));
}

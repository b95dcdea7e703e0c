import { join } from "node:path";
import { buildSync } from "esbuild";

/** The service as one file, with the driver in it: small enough for a ConfigMap, so that the example needs no registry. */
export function bundledServer(): string {
  const { outputFiles } = buildSync({
    entryPoints: [join(__dirname, "server.js")],
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

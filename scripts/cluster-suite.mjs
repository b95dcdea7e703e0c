// Runs mocha on specs that need a Kubernetes, with the options all of them take.
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { readOptions } from "./options.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * @param usage what `--help` prints
 * @param specs glob of compiled specs
 */
export function runSuite(usage, specs) {
  const options = readOptions(usage, {
    grep: { type: "string", short: "g" },
    context: { type: "string" },
    "real-plugins": { type: "boolean" },
    verbose: { type: "boolean" },
  });
  const settings = {
    E2E_CONTEXT: options.context,
    E2E_REAL_PLUGINS: options["real-plugins"] ? "1" : undefined,
    E2E_VERBOSE: options.verbose ? "1" : undefined,
  };
  const env = { ...process.env };
  for (const [name, value] of Object.entries(settings)) if (value !== undefined) env[name] = value;

  const mocha = spawn(
    process.execPath,
    [
      join(root, "node_modules", "mocha", "bin", "mocha.js"),
      "--no-config",
      "--fail-zero",
      "--exit",
      "--reporter",
      "dist/test/reporter.js",
      "--reporter-option",
      "verbose=true",
      // Every wait inside a spec has its own bound; this one only catches a spec that forgot one.
      "--timeout",
      String(20 * 60_000),
      ...(process.env.CI ? ["--forbid-only"] : []),
      ...(options.grep === undefined ? [] : ["--grep", options.grep]),
      specs,
    ],
    { cwd: root, env, stdio: "inherit" },
  );
  // A terminal signals the whole group; these are for a signal sent to this process alone.
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => mocha.kill(signal));
  mocha.on("exit", (code, signal) => process.exit(signal ? 130 : (code ?? 1)));
}

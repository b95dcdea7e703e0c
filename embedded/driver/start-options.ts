import { flags } from "./command";

/** The help of `npm start`. */
export const startUsage = `Brings the reference stack up and ends by running SQL through the connection it prints.

  npm start                            embedded cluster, stack "dev"
  npm start -- --context kind-test     on the cluster of this kubeconfig context
  npm start -- --stack prod            another stack: its configuration is Pulumi.prod.yaml
  npm start -- --no-install            refuse to install anything (programs are unpacked into the cache in any case)
  npm start -- --real-plugins          refuse the stand-in provider plugins
  npm start --silent -- --json         the result as JSON on stdout, progress on stderr
  npm start -- --verbose               every change of what is awaited, and the engine's own output

Safe to repeat and to interrupt: the next run continues. \`npm stop\` takes everything down, \`npm run status\` looks,
\`npm run connect\` opens psql, \`npm run clean\` empties the cache.
Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.`;

/** What the command line of `npm start` says. */
export interface StartOptions {
  readonly context?: string;
  readonly stack: string;
  readonly noInstall: boolean;
  readonly realPlugins: boolean;
  readonly json: boolean;
  readonly verbose: boolean;
}

/** Reads the command line of `npm start`. */
export function startOptions(argv: readonly string[]): StartOptions {
  const given = flags(argv, {
    context: { type: "string" },
    stack: { type: "string" },
    "no-install": { type: "boolean" },
    "real-plugins": { type: "boolean" },
    json: { type: "boolean" },
    verbose: { type: "boolean" },
  });
  return {
    ...(given.context === undefined ? {} : { context: given.context }),
    stack: given.stack ?? "dev",
    noInstall: given["no-install"] ?? false,
    realPlugins: given["real-plugins"] ?? false,
    json: given.json ?? false,
    verbose: given.verbose ?? false,
  };
}

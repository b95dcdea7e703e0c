import { parseArgs } from "node:util";

/** The options of a script. `--help` prints the usage and ends it with 0; wrong usage ends it with 2. */
export function readOptions(usage, options) {
  const values = parsed(usage, { ...options, help: { type: "boolean", short: "h" } });
  if (values.help) {
    console.log(usage);
    process.exit(0);
  }
  return values;
}

function parsed(usage, options) {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    console.error(`${error.message}\n\n${usage}`);
    process.exit(2);
  }
}

import { type Command, Option } from "commander";
import { examples, type JsonOption } from "./help";
import { jsonOption } from "./options";
import type { VerbSurroundings } from "./parameters";
import { UsageError } from "./result";

interface SheetOptions extends JsonOption {
  stack?: string;
  arguments?: string;
  settings?: string;
  prices?: string;
  markdown?: boolean;
  output?: string;
}

/** Adds `sheet`. */
export function addSheet(program: Command, { env, finish, layout }: VerbSurroundings): void {
  program
    .command("sheet")
    .summary("what an instance takes, costs and promises, before anything is created")
    .description(
      "The service sheet of an instance: CPU and memory, volumes, backups as they grow, cost from a table of prices, what can be lost and how long " +
        "writes pause, connections, and what the loss of a zone does. Reads files only: neither a cluster nor Pulumi's engine. Exits with 2 " +
        "when an argument is refused or a limit of the sheet is not kept.",
    )
    .option(
      "--stack <name>",
      "Pulumi.<name>.yaml of this folder, and environment variables, as the reference stack reads them",
    )
    .option("--arguments <file>", "arguments of a PostgresInstance: a YAML or JSON map; - is standard input")
    .option("--settings <file>", "the argument sheet in place of what they say: a YAML or JSON map")
    .addOption(
      new Option(
        "--prices <table>",
        "a YAML or JSON map of prices, or azure-example (default: that of the settings; else azure-example where the stack names an AKS cluster)",
      ),
    )
    .option("--markdown", "Markdown in place of text")
    .option("--output <file>", "write it to this file: as Markdown, or as JSON with --json")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(
        "sheet --stack dev",
        "sheet --stack prod --prices azure-example --output sheet.md",
        "sheet --arguments orders.yaml --settings sheet.yaml --json",
      ),
    )
    .action(async ({ json = false, ...options }: SheetOptions) => {
      const { stack, arguments: file } = options;
      if ((stack === undefined) === (file === undefined))
        throw new UsageError("Name a stack with --stack, or a file of arguments with --arguments.");
      const { readSheetSource } = await import("./sheet-source.js");
      const { sheet } = await import("./commands/sheet.js");
      const source = await readSheetSource({ ...options, file }, env);
      finish(sheet({ ...source, ...options, json }, layout()), json && options.output === undefined);
    });
}

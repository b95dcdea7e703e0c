import type { Command } from "commander";
import { clusterSurroundings } from "./cluster";
import { examples, type JsonOption } from "./help";
import { jsonOption, timeoutOption } from "./options";
import type { VerbSurroundings } from "./parameters";
import { addTargetOptions, type TargetOptions, targetOf } from "./target";

/** Adds `credentials` and its verbs. */
export function addCredentials(program: Command, around: VerbSurroundings): void {
  const credentials = program
    .command("credentials")
    .summary("logins of applications: rotated, listed")
    .description(
      "Logins of applications that take turns, so that a rotation refuses no connection: rotated, listed.",
    )
    .helpCommand(false);
  addRotate(credentials, around);
  addList(credentials, around);
}

interface RotateOptions extends TargetOptions, JsonOption {
  timeout: number;
}

function addRotate(parent: Command, around: VerbSurroundings): void {
  const command = parent
    .command("rotate")
    .summary("give an application its other login, with a new password, now")
    .description(
      "Gives an application its other login with a new password, makes its workloads anew, and retires the former login when nobody uses it " +
        "any more, by a Job in the cluster. A rotation that broke off is ended first. Ends with 1 when it fails; the former login then stays valid.",
    )
    .argument("<link>", "name of the link")
    .addOption(timeoutOption("the rotation itself goes on", 3600));
  addTargetOptions(command)
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples("credentials rotate orders-web --namespace shop", "credentials rotate orders-web --json"),
    )
    .action(async (link: string, options: RotateOptions) => {
      const { credentialsRotate } = await import("./commands/credentials.js");
      const { timeout: timeoutSeconds, json = false } = options;
      const request = { ...targetOf(options, around.env), link, timeoutSeconds };
      around.finish(
        await credentialsRotate(request, around.layout(), await clusterSurroundings(around)),
        json,
      );
    });
}

function addList(parent: Command, around: VerbSurroundings): void {
  const command = parent
    .command("list")
    .summary("the links whose logins can be rotated")
    .description("Lists the links of a namespace whose logins can be rotated, and when that is done.");
  addTargetOptions(command)
    .addOption(jsonOption())
    .addHelpText("after", examples("credentials list --namespace shop", "credentials list --json"))
    .action(async (options: TargetOptions & JsonOption) => {
      const { credentialsList } = await import("./commands/credentials.js");
      around.finish(
        await credentialsList(
          targetOf(options, around.env),
          around.layout(),
          await clusterSurroundings(around),
        ),
        options.json === true,
      );
    });
}

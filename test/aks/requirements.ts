import { PlainFailure } from "../../embedded/driver/command";

/** What a command answered. */
export interface Answered {
  readonly exitCode: number | undefined;
  readonly stdout: string;
}

/** Runs a command; without an exit code there is none of the name. */
export type Ask = (command: string, ...args: string[]) => Answered;

/** As whom the verification runs. */
export interface Account {
  readonly subscription: string;
  readonly user: string;
}

/** Variables that pipelines set. */
const pipelines = ["CI", "GITHUB_ACTIONS", "TF_BUILD"];

/**
 * Makes sure that a person started this, and that everything it needs is there, before anything is made.
 * @throws PlainFailure with what is missing and the command that gives it
 */
export function requireAzure(ask: Ask, environment: Readonly<Record<string, string | undefined>>): Account {
  const pipeline = pipelines.find(name => ![undefined, "", "false", "0"].includes(environment[name]));
  if (pipeline !== undefined)
    throw new PlainFailure(
      `${pipeline} is set: this costs money in a subscription, so a person starts it, and no pipeline.`,
    );
  const tools: [string, string[], string][] = [
    ["az", ["version"], "Install it: https://aka.ms/azure-cli"],
    ["kubelogin", ["--version"], "Install it: az aks install-cli"],
    ["pulumi", ["version"], "Install it: https://www.pulumi.com/docs/install"],
  ];
  for (const [tool, args, remedy] of tools)
    if (ask(tool, ...args).exitCode !== 0) throw new PlainFailure(`${tool} is not on PATH. ${remedy}`);
  const login = ask("az", "account", "show", "--output", "json");
  if (login.exitCode !== 0)
    throw new PlainFailure("az is not logged in. Run: az login, and az account set --subscription <id>.");
  const { id, user } = JSON.parse(login.stdout) as { id: string; user?: { name?: string } };
  return { subscription: id, user: user?.name ?? "unknown" };
}

import { flags, UsageError } from "../../embedded/driver/command";

/** What the command line of the verification says. */
export interface VerifyOptions {
  /** Name of the storage account, which also tells runs apart. */
  readonly account: string;
  readonly location: string;
  /** Address ranges that reach the API server: those of this machine. */
  readonly ranges: readonly string[];
  /** Leave everything running at the end. */
  readonly keep: boolean;
  /** Only the specs whose title matches. */
  readonly grep?: string;
  /** File of the results. */
  readonly output: string;
}

export const usage = `Deploys examples/aks to your subscription, kills an update and resumes it, runs the end-to-end tests on the cluster, writes down what
happened, and deletes everything again. Takes about two hours and costs about 5 EUR, an estimate.

  npm run verify:aks -- --account shopverify4711 --range 203.0.113.7/32 --yes

  --account <name>     storage account that is made: 3 to 24 lower case letters and digits, free in all of Azure
  --range <cidr>       address range of this machine, from which the API server is reached; repeat it for more
  --location <region>  a region with zones (westeurope)
  --grep <text>        only these end-to-end tests
  --output <file>      results as JSON (aks-verification.json)
  --keep               leave everything running at the end, at about 40 EUR a day
  --yes                you have read that it costs money

Needs: az, logged in (az login) as somebody who may assign roles; kubelogin and pulumi on PATH; quota of 24 vCPU Dsv5.
Exit codes: 0 all as it should be, 1 failed, 2 wrong usage, 130 interrupted. What is left after an interruption is deleted by the next run.`;

/** Reads the command line. */
export function verifyOptions(argv: readonly string[]): VerifyOptions {
  const given = flags(argv, {
    account: { type: "string" },
    range: { type: "string", multiple: true },
    location: { type: "string" },
    grep: { type: "string" },
    output: { type: "string" },
    keep: { type: "boolean" },
    yes: { type: "boolean" },
  });
  const { account = "", range = [], grep } = given;
  if (!/^[a-z0-9]{3,24}$/.test(account))
    throw new UsageError(
      `--account is "${account}": give 3 to 24 lower case letters and digits, for example shopverify4711.`,
    );
  if (range.length === 0)
    throw new UsageError("--range is missing: give the address of this machine, for example 203.0.113.7/32.");
  if (given.yes !== true)
    throw new UsageError("This costs money in your subscription. Add --yes when you want that.");
  return {
    account,
    ranges: range,
    location: given.location ?? "westeurope",
    keep: given.keep ?? false,
    output: given.output ?? "aks-verification.json",
    ...(grep === undefined ? {} : { grep }),
  };
}

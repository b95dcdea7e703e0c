import { spawnSync } from "node:child_process";
import { PlainFailure } from "./command";

/** What this machine offers. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  /** Effective user id; `undefined` where there is none (Windows). */
  readonly uid: number | undefined;
  /** Whether the `go` program is on PATH. */
  readonly go: boolean;
}

/** Looks at this machine. */
export function thisMachine(): Machine {
  const go = spawnSync("go", ["version"], { stdio: "ignore" });
  return { platform: process.platform, uid: process.geteuid?.(), go: go.status === 0 };
}

const alternatives =
  "Two ways around it: name a cluster you have with `npm start -- --context NAME` " +
  "(with Pulumi installed, see https://www.pulumi.com/docs/install/, Go is not needed then), or run it on Linux as root with Go, " +
  "for example in a virtual machine.";

/** What keeps the embedded cluster from running here, as a sentence with the ways around it; `undefined` when nothing does. */
export function missingForEmbedded({ platform, uid, go }: Machine): string | undefined {
  const sentence =
    platform !== "linux"
      ? `The embedded cluster runs on Linux only; this is ${platform}.`
      : uid !== 0
        ? "The embedded cluster needs root, because it makes a network namespace, mounts and containers."
        : go
          ? undefined
          : "The embedded cluster is built from Go modules and there is no `go` on PATH (https://go.dev/dl/).";
  return sentence && `${sentence} ${alternatives}`;
}

/** @throws {@link PlainFailure} when the embedded cluster cannot run on this machine */
export function requireEmbedded(machine: Machine): void {
  const sentence = missingForEmbedded(machine);
  if (sentence) throw new PlainFailure(sentence);
}

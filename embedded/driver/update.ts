import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { OpMap, OutputMap } from "@pulumi/pulumi/automation";
import { lastLines } from "../process";
import type { Progress } from "../progress";
import { PlainFailure } from "./command";
import { UpdateWatch } from "./engine-events";
import type { OpenStack } from "./stack";

export interface UpdateOptions {
  readonly title: string;
  /** Everything the engine writes; overwritten by each run. */
  readonly logFile: string;
  /** Cancels the update: what is in flight is finished, nothing new is begun. */
  readonly interruption: AbortSignal;
  readonly onOutput?: (text: string) => void;
}

export interface UpdateResult {
  readonly outputs: OutputMap;
  readonly changes: OpMap | undefined;
}

/**
 * Runs `pulumi up` on the stack and shows what is awaited.
 *
 * @throws {@link PlainFailure} with the engine's error messages and the place of its log
 */
export async function update(
  { stack }: OpenStack,
  progress: Progress,
  options: UpdateOptions,
): Promise<UpdateResult> {
  const { logFile, interruption, onOutput } = options;
  mkdirSync(dirname(logFile), { recursive: true });
  writeFileSync(logFile, "");
  let watch = new UpdateWatch(() => undefined);
  try {
    const result = await progress.step(options.title, say => {
      watch = new UpdateWatch(say);
      const log = (text: string): void => {
        appendFileSync(logFile, text);
        onOutput?.(text);
      };
      return stack.up({
        onEvent: event => watch.onEvent(event),
        onOutput: log,
        onError: log,
        ...engineSignal(interruption),
      });
    });
    for (const warning of watch.warnings.filter(isNews)) progress.note(`warning: ${warning}`);
    return { outputs: result.outputs, changes: watch.changes ?? result.summary.resourceChanges };
  } catch (error) {
    interruption.throwIfAborted();
    throw failure(options.title, watch.errors, logFile, error);
  }
}

// Which provider plugins are used, and why, was printed when they were chosen.
function isNews(warning: string): boolean {
  return !/using pulumi-resource-\S+ from \$PATH/.test(warning);
}

// A terminal sends Ctrl-C to the engine as well; a second signal would make it drop what is in flight.
function engineSignal(interruption: AbortSignal): { signal?: AbortSignal } {
  return process.stdin.isTTY ? {} : { signal: interruption };
}

// An engine that failed before its first event has still written why.
function lastWords(logFile: string, cause: unknown): string {
  const lines = lastLines(readFileSync(logFile, "utf8"), 12);
  return lines.length > 0 ? lines.join("\n") : cause instanceof Error ? cause.message : String(cause);
}

function failure(title: string, errors: readonly string[], logFile: string, cause: unknown): PlainFailure {
  const said = errors.length > 0 ? errors.join("\n\n") : lastWords(logFile, cause);
  return new PlainFailure(`${title} failed:\n\n${said}\n\nThe engine's whole output is in ${logFile}.`, {
    cause,
  });
}

import { duration } from "../../embedded/driver/display";
import { closingLine, sumOf } from "../outcome";
import type { Told } from "./message";
import type { Durations } from "./order";
import type { SpecResult } from "./spec-process";

/** How many files the table shows. */
const slowest = 10;

/**
 * The line above what a spec file said.
 *
 * @param done  files that have ended, with this one
 * @param files of the run
 */
export function heading({ name, outcome, seconds }: SpecResult, done: number, files: number): string {
  return `\n== ${name}: ${closingLine(outcome)} (${duration(seconds)}; ${done} of ${files} files are done)`;
}

/**
 * What stands at the end of a run: the slowest files, every failure and every skip once more, and the closing line of all.
 *
 * @param seconds of the whole run
 * @param usual   what the files took before
 */
export function report(results: readonly SpecResult[], seconds: number, usual: Durations): string[] {
  const told = (mark: string, of: "failures" | "skips"): string[] =>
    results.flatMap(result => result[of].map(one => `${mark} ${result.name}: ${sentence(one)}`));
  return [
    "",
    "Slowest:",
    ...slowestOf(results, usual),
    "",
    ...unstable(results),
    ...told("FAILED ", "failures"),
    ...told("skipped", "skips"),
    `${duration(seconds)} in all; ${duration(sum(results))} one after the other`,
    closingLine(sumOf(results.map(({ outcome }) => outcome))),
  ];
}

/** What a file failed at before it ran a second time. */
function unstable(results: readonly SpecResult[]): string[] {
  return results.flatMap(({ name, before = [], outcome }) => {
    const mark = outcome.failed === 0 ? "UNSTABLE, passed at the second attempt:" : "At the first attempt:";
    return before.map(one => `${mark} ${name}: ${sentence(one)}`);
  });
}

const sentence = ({ title, reason }: Told): string => `${title}: ${reason}`;

const sum = (results: readonly SpecResult[]): number =>
  results.reduce((all, { seconds }) => all + seconds, 0);

function slowestOf(results: readonly SpecResult[], usual: Durations): string[] {
  const sorted = [...results].sort((a, b) => b.seconds - a.seconds).slice(0, slowest);
  return sorted.map(({ name, seconds }) => {
    const before = usual[name];
    return `${duration(seconds).padStart(12)}  ${name}${before === undefined ? "" : ` (usually ${duration(before)})`}`;
  });
}

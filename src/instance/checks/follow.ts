import { isPlain } from "../../leaf";
import { copyOf } from "../../replica/follow";
import { Feed, type FollowArgs, InitialCopy, ServiceTarget } from "../../replica/follow-args";
import { checkChoice, type Report } from "../../report";
import type { GenerationArgs, PostgresInstanceArgs } from "../args";
import { generationArgs } from "../resolve";

/** Hours, minutes and seconds as CloudNativePG reads them; not all of them zero. */
const delayForm = /^(?=.*[1-9])(\d+h)?(\d+m)?(\d+s)?$/;

/** What the arguments alone tell of whom an instance follows. */
export function checkFollow(name: string, args: PostgresInstanceArgs, report: Report): void {
  const { follow } = args;
  for (const [number, own] of Object.entries(generationArgs(args)))
    checkCopy(`generations.${number}`, args, own, report);
  if (follow === undefined) return;
  checkChoice("follow.feed", follow.feed, Feed, report);
  checkChoice("follow.copy", follow.copy, InitialCopy, report);
  checkChoice("follow.serviceTarget", follow.serviceTarget, ServiceTarget, report);
  checkPromotion(name, follow, report);
  checkDelay(follow, report);
  checkTarget(args, follow, report);
  if (follow.connection !== undefined && follow.feed === Feed.Archive) {
    report(
      "follow.connection",
      undefined,
      "has no effect: the archive alone is read.",
      "Remove it, or change feed.",
    );
  }
  if (follow.copy !== undefined && (args.initdb !== undefined || args.restore !== undefined)) {
    report(
      "follow.copy",
      follow.copy,
      `is given together with ${args.initdb === undefined ? "restore" : "initdb"}, and an instance begins once.`,
      "Remove one of the two.",
    );
  }
}

function checkCopy(path: string, args: PostgresInstanceArgs, own: GenerationArgs, report: Report): void {
  if (own.copy !== undefined) {
    checkChoice(`${path}.copy`, own.copy, InitialCopy, report);
    if (args.follow === undefined)
      report(`${path}.copy`, own.copy, "has nothing to copy.", "Name the source: follow: { source }.");
    if (own.restoredFrom !== undefined || own.initdb !== undefined)
      report(
        `${path}.copy`,
        own.copy,
        `a generation is either a copy or ${own.initdb === undefined ? "restored" : "made by initdb"}, not both.`,
        "Remove one of the two.",
      );
  }
  const [copy, feed] = [copyOf(args, own), args.follow?.feed];
  const where = own.copy === undefined ? "follow.copy" : `${path}.copy`;
  if (copy === InitialCopy.Archive && feed === Feed.Streaming)
    report(
      where,
      copy,
      "reads the archive, and feed does not name it.",
      'Set feed: "both", or copy: "stream".',
    );
  if (copy === InitialCopy.Stream && feed === Feed.Archive)
    report(
      where,
      copy,
      "needs a connection, and feed is the archive alone.",
      'Set copy: "archive", or feed: "both".',
    );
}

function checkPromotion(name: string, follow: FollowArgs, report: Report): void {
  const { promoted, primary, confirmPromotion } = follow;
  if (promoted !== true) return;
  if (confirmPromotion !== name) {
    report(
      "follow.confirmPromotion",
      confirmPromotion,
      "does not repeat the name of the instance, and a promotion on its own cannot be undone.",
      `Write "${name}" to promote it. To change roles with a source that goes on, set primary on both sides in place of promoted.`,
    );
  }
  if (primary !== undefined) {
    report(
      "follow.promoted",
      true,
      "is given together with primary: an instance is promoted on its own, or changes roles with its source.",
      "Remove one of the two.",
    );
  }
}

function checkDelay({ minApplyDelay, primary }: FollowArgs, report: Report): void {
  if (minApplyDelay === undefined) return;
  if (!delayForm.test(minApplyDelay)) {
    report(
      "follow.minApplyDelay",
      minApplyDelay,
      "is not a time in hours, minutes and seconds.",
      'Write for example "1h" or "1h30m".',
    );
  }
  if (primary !== undefined) {
    report(
      "follow.minApplyDelay",
      minApplyDelay,
      "does not go with primary: whoever takes over must have everything.",
      "Remove one of the two; a second follower can be the delayed one.",
    );
  }
}

function checkTarget(
  { namespace = "default" }: PostgresInstanceArgs,
  follow: FollowArgs,
  report: Report,
): void {
  if (follow.serviceTarget !== ServiceTarget.Writer) return;
  const refuse = (problem: string, remedy: string): void =>
    report("follow.serviceTarget", follow.serviceTarget, problem, remedy);
  if (follow.primary === undefined)
    refuse("needs a peer that roles are changed with.", "Set primary on both sides, or leave it out.");
  if (!isPlain(follow.source)) {
    refuse(
      "needs a source whose name is known before it is made.",
      'Name it: source: { name: "orders-west" }.',
    );
  } else if ((follow.source.namespace ?? namespace) !== namespace) {
    refuse(
      `leads to pods of the namespace ${follow.source.namespace}, and a Service selects only those of its own.`,
      "Put both into one namespace, or give clients the hosts of both.",
    );
  }
}

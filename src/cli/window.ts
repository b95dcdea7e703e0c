import type { RecoverableWindow } from "../restore/plan";
import { timeText } from "./figures";

/** From when to when an archive can be restored. A server that wrote nothing since its base backup can be restored to its end only. */
export function windowText({ from, to }: RecoverableWindow): string {
  const begin = timeText(from);
  if (to === undefined) return `from ${begin} to a time that is not known`;
  if (Date.parse(to.time) < Date.parse(from)) return `from ${begin}; nothing was committed since ${to.time}`;
  return `from ${begin} to ${to.time}, transaction ${to.transactionId}`;
}

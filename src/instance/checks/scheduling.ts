import { checkChoice, type Report } from "../../report";
import { type PostgresInstanceArgs, Spread } from "../args";

export function checkScheduling(args: PostgresInstanceArgs, report: Report): void {
  checkChoice("scheduling.zoneSpread", args.scheduling?.zoneSpread, Spread, report);
  checkChoice("scheduling.hostSpread", args.scheduling?.hostSpread, Spread, report);
}

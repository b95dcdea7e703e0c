import { showWhole, unitFamily, type UnitFamily } from "./units";

export const MiB = 2 ** 20;
export const GiB = 2 ** 30;

const bytes = unitFamily("B") as UnitFamily;

/** A number of bytes as a configuration file has it, in the greatest unit that divides it: `1536MB`, `2GB`. */
export function settingText(amount: number): string {
  if (amount === 0) return "0";
  const { value, unit } = showWhole(amount, bytes);
  return `${value}${unit}`;
}

/** A number of bytes for people, to three digits or so: `140 MiB`, `1.6 GiB`, `12 GiB`. */
export function amountText(amount: number): string {
  const [divisor, unit] =
    amount < GiB ? [MiB, "MiB"] : amount < 1024 * GiB ? [GiB, "GiB"] : [1024 * GiB, "TiB"];
  const value = amount / divisor;
  return `${value < 100 ? Number(value.toFixed(1)) : Math.round(value)} ${unit}`;
}

/** A share as a percentage, rounded up: what is above a limit never reads as the limit. */
export function percentText(share: number): string {
  return `${Math.ceil(share * 100 - 1e-9)} %`;
}

/** A number of bytes as a Kubernetes quantity: `512Mi`, `3Gi`. */
export function quantityText(amount: number): string {
  return amount % GiB === 0 ? `${amount / GiB}Gi` : `${Math.ceil(amount / MiB)}Mi`;
}

/** The value, or the bound it is beyond. */
export function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}

/** Down to a whole MiB. */
export function wholeMiB(amount: number): number {
  return Math.floor(amount / MiB) * MiB;
}

/** Down to a whole MiB, and above 64 MiB to six binary digits: fine enough to follow the pod, coarse enough to read. */
export function roundedDown(amount: number): number {
  const digits = Math.max(0, Math.floor(Math.log2(Math.max(amount, 1) / MiB)) - 5);
  const step = MiB * 2 ** digits;
  return Math.floor(amount / step) * step;
}

import { randomInt } from "node:crypto";

const characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** A password of 32 letters and digits, 190 bits of chance. */
export function newPassword(): string {
  return Array.from({ length: 32 }, () => characters[randomInt(characters.length)]).join("");
}

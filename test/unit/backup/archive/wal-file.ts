import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { brotliDecompressSync } from "node:zlib";
import { crc32c } from "../../../../src/backup/archive/crc32c";
import type { RealWal } from "../../../servers/wal";

/** Segments of real servers, in the source tree. `UPDATE_GOLDEN=1 npm run e2e -- --grep "real servers write"` makes them anew. */
export const realWalFolder = resolve(__dirname, "../../../../../test/unit/backup/archive/real-wal");

/** What a server of a major wrote and said, as it was kept. */
export function keptWal(major: number): RealWal {
  const told = JSON.parse(readFileSync(join(realWalFolder, `${major}.json`), "utf8")) as Omit<
    RealWal,
    "segments"
  > & { segments: string[] };
  const bytes = brotliDecompressSync(readFileSync(join(realWalFolder, `${major}.br`)));
  const size = bytes.length / told.segments.length;
  return {
    ...told,
    segments: told.segments.map((name, index) => ({
      name,
      bytes: bytes.subarray(index * size, (index + 1) * size),
    })),
  };
}

/** A record to be written. */
export interface MadeRecord {
  manager: number;
  info: number;
  transactionId: number;
  data: Buffer;
}

/** A commit without further parts. */
export function madeCommit(transactionId: number, microseconds: bigint): MadeRecord {
  const data = Buffer.alloc(8);
  data.writeBigInt64LE(microseconds);
  return { manager: 1, info: 0, transactionId, data };
}

/** A restore point. */
export function madeRestorePoint(name: string, microseconds: bigint): MadeRecord {
  const data = Buffer.alloc(72);
  data.writeBigInt64LE(microseconds);
  data.write(name, 8);
  return { manager: 0, info: 0x70, transactionId: 0, data };
}

/** A record of another resource manager, so and so many bytes long. */
export function madeOther(bytes: number): MadeRecord {
  return { manager: 10, info: 0, transactionId: 1, data: Buffer.alloc(bytes, 0xab) };
}

const pageSize = 8192;

/** Writes records as PostgreSQL 18 does, from a position on, and fills the last segment with zeros. */
export function writtenWal(
  records: readonly MadeRecord[],
  begin: bigint,
  segmentSize: number,
): { bytes: Buffer; ends: bigint[] } {
  const pages: Buffer[] = [];
  const ends: bigint[] = [];
  let [at, previous] = [pageSize, 0n];
  const position = (): bigint => begin + BigInt((pages.length - 1) * pageSize + at);
  const turn = (remaining: number): void => {
    const address = begin + BigInt(pages.length * pageSize);
    const long = address % BigInt(segmentSize) === 0n;
    const page = Buffer.alloc(pageSize);
    page.writeUInt16LE(0xd118, 0);
    page.writeUInt16LE((remaining > 0 ? 1 : 0) | (long ? 2 : 0), 2);
    page.writeUInt32LE(1, 4);
    page.writeBigUInt64LE(address, 8);
    page.writeUInt32LE(remaining, 16);
    if (long) {
      page.writeUInt32LE(segmentSize, 32);
      page.writeUInt32LE(pageSize, 36);
    }
    pages.push(page);
    at = long ? 40 : 24;
  };
  for (const made of records) {
    if (at >= pageSize) turn(0);
    const record = recordBytes(made, previous);
    previous = position();
    let written = 0;
    while (written < record.length) {
      if (at >= pageSize) turn(record.length - written);
      const count = Math.min(pageSize - at, record.length - written);
      record.copy(pages[pages.length - 1] as Buffer, at, written, written + count);
      [at, written] = [at + count, written + count];
    }
    at = Math.ceil(at / 8) * 8;
    ends.push(position());
  }
  const written = Buffer.concat(pages);
  const whole = Buffer.alloc(Math.ceil(written.length / segmentSize) * segmentSize);
  written.copy(whole);
  return { bytes: whole, ends };
}

function recordBytes({ manager, info, transactionId, data }: MadeRecord, previous: bigint): Buffer {
  const short = data.length < 256;
  const header = Buffer.alloc(24);
  const lead = short ? Buffer.from([255, data.length]) : Buffer.alloc(5);
  if (!short) {
    lead[0] = 254;
    lead.writeUInt32LE(data.length, 1);
  }
  const content = Buffer.concat([lead, data]);
  header.writeUInt32LE(24 + content.length, 0);
  header.writeUInt32LE(transactionId, 4);
  header.writeBigUInt64LE(previous, 8);
  header[16] = info;
  header[17] = manager;
  header.writeUInt32LE(crc32c(header.subarray(0, 20), crc32c(content)), 20);
  return Buffer.concat([header, content]);
}

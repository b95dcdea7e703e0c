import { crc32c } from "./crc32c";
import type { ArchivedCommit, ArchivedRestorePoint } from "./survey";
import { lsnText } from "./wal-name";

/** WAL that cannot be read. */
export class UnreadableWal extends Error {
  override readonly name = "UnreadableWal";
}

/** What a reader of WAL is told, in the order of the WAL. */
export interface WalVisitor {
  /** A transaction was committed. */
  commit?: (commit: ArchivedCommit) => void;
  /** Somebody called `pg_create_restore_point`. */
  restorePoint?: (point: ArchivedRestorePoint) => void;
}

/** Major version by the magic number of its pages. Source: PostgreSQL, xlog_internal.h, XLOG_PAGE_MAGIC. */
const majors: ReadonlyMap<number, number> = new Map([
  [0xd10d, 14],
  [0xd110, 15],
  [0xd113, 16],
  [0xd116, 17],
  [0xd118, 18],
]);

/** Source: PostgreSQL, xlog_internal.h, XLogPageHeaderData and XLogLongPageHeaderData. */
const PageFlag = { continued: 1, long: 2 } as const;
const pageHeader = { short: 24, long: 40 };
const usualPageSize = 8192;

/** Source: PostgreSQL, xlogrecord.h, XLogRecord. */
const recordHeader = 24;
const ResourceManager = { xlog: 0, transaction: 1 } as const;
const restorePointInfo = 0x70;
const commitInfo = 0x00;
const commitPreparedInfo = 0x30;

/** A record of which a page held only the beginning. */
interface Begun {
  lsn: number;
  length: number;
  have: number;
  /** Empty as soon as it is known that nobody wants it. */
  parts: Buffer[];
  wanted: boolean;
}

/**
 * Reads segments of WAL, of PostgreSQL 14 to 18, one after the other, and finds what recovery targets are made of. Records cross pages and
 * segments; one whose beginning was not given is passed over, and so is what a recycled file held before.
 */
export class WalReader {
  readonly #visitor: WalVisitor;
  #pageSize = usualPageSize;
  #rest: Buffer = Buffer.alloc(0);
  #begun: Begun | undefined;
  /** Where the record before began, while records follow each other. */
  #previous: number | undefined;
  /** Where the next page has to begin, once one was read. */
  #next: number | undefined;
  /** PostgreSQL's major version; known after the first page. */
  major: number | undefined;
  /** Size of a segment in bytes; known after the first page of a segment. */
  segmentSize: number | undefined;

  constructor(visitor: WalVisitor) {
    this.#visitor = visitor;
  }

  /** Takes the next bytes, which begin at the beginning of a segment the first time. */
  push(bytes: Buffer): void {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    if (this.major === undefined) {
      if (this.#rest.length < pageHeader.long) return;
      this.#begin();
    }
    let at = 0;
    for (; at + this.#pageSize <= this.#rest.length; at += this.#pageSize)
      this.#page(this.#rest.subarray(at, at + this.#pageSize));
    this.#rest = this.#rest.subarray(at);
  }

  /** Tells whether a record was begun whose end the next segment holds. */
  get pending(): boolean {
    return this.#begun !== undefined;
  }

  #begin(): void {
    const [magic, flags] = [this.#rest.readUInt16LE(0), this.#rest.readUInt16LE(2)];
    if (magic === 0 || (flags & PageFlag.long) === 0)
      throw new UnreadableWal("It does not begin as a segment of WAL does.");
    if (!majors.has(magic))
      throw new UnreadableWal(
        `It was written by a version of PostgreSQL that is not known here (page magic ${magic.toString(16).toUpperCase()}); known are 14 to 18.`,
      );
    this.#pageSize = this.#rest.readUInt32LE(36);
  }

  #page(page: Buffer): void {
    const [major, flags] = [majors.get(page.readUInt16LE(0)), page.readUInt16LE(2)];
    const address = Number(page.readBigUInt64LE(8));
    const expected = this.#next ?? address;
    this.#next = expected + this.#pageSize;
    // After a switch the rest of a segment is empty; a file used again may hold older pages.
    if (major === undefined || address !== expected) return this.#lose();
    this.major = major;
    const long = (flags & PageFlag.long) !== 0;
    if (long) this.segmentSize = page.readUInt32LE(32);
    const remaining = page.readUInt32LE(16);
    const at = long ? pageHeader.long : pageHeader.short;
    if ((flags & PageFlag.continued) === 0) {
      // After a crash the end of a record may never have been written.
      this.#begun = undefined;
      return this.#records(page, address, at);
    }
    this.#continue(page.subarray(at, at + remaining), address + aligned(at + remaining), timelineOf(page));
    if (at + remaining < page.length) this.#records(page, address, aligned(at + remaining));
  }

  #lose(): void {
    this.#begun = undefined;
    this.#previous = undefined;
  }

  #continue(part: Buffer, end: number, timeline: number): void {
    const begun = this.#begun;
    if (begun === undefined) return;
    begun.have += part.length;
    if (begun.wanted) begun.parts.push(part);
    decide(begun);
    if (begun.have < begun.length) return;
    this.#begun = undefined;
    if (begun.wanted) this.#visit(Buffer.concat(begun.parts), end, timeline);
  }

  #records(page: Buffer, address: number, from: number): void {
    let at = from;
    // A record begins where its length, at least, fits.
    while (at + 8 <= page.length) {
      const length = page.readUInt32LE(at);
      if (length === 0) return;
      const lsn = address + at;
      if (length < recordHeader) return this.#lose();
      const end = at + length;
      if (end > page.length) {
        const part = page.subarray(at);
        this.#begun = { lsn, length, have: part.length, parts: [part], wanted: true };
        decide(this.#begun);
        this.#previous = lsn;
        return;
      }
      if (!this.#follows(page, at)) return this.#lose();
      this.#previous = lsn;
      if (isWanted(page, at)) this.#visit(page.subarray(at, end), address + aligned(end), timelineOf(page));
      at = aligned(end);
    }
  }

  /** Every record tells where the one before began: what does not is left over from a former use of the file. */
  #follows(page: Buffer, at: number): boolean {
    if (this.#previous === undefined) return true;
    return page.readUInt32LE(at + 8) === this.#previous % 2 ** 32;
  }

  #visit(record: Buffer, end: number, timeline: number): void {
    const { commit, restorePoint } = this.#visitor;
    // The checksum is what takes time; nobody asks for both most often.
    if ((record[17] === ResourceManager.xlog ? restorePoint : commit) === undefined) return;
    if (!isWhole(record)) return;
    const place = { lsn: lsnText(BigInt(end)), timeline };
    const data = mainData(record);
    if (data === undefined) return;
    if (record[17] === ResourceManager.xlog) {
      restorePoint?.({ ...readRestorePoint(data), ...place });
      return;
    }
    const transactionId = committedTransaction(record, data, this.major ?? 0);
    if (transactionId === 0) return;
    commit?.({ time: timeText(data.readBigInt64LE(0)), transactionId, ...place });
  }
}

function timelineOf(page: Buffer): number {
  return page.readUInt32LE(4);
}

function aligned(position: number): number {
  return Math.ceil(position / 8) * 8;
}

/** As soon as the header is there, what nobody wants is let go. */
function decide(begun: Begun): void {
  if (!begun.wanted || begun.have < recordHeader) return;
  const head = begun.parts.length === 1 ? begun.parts[0] : Buffer.concat(begun.parts);
  begun.wanted = head !== undefined && isWanted(head, 0);
  if (!begun.wanted) begun.parts = [];
}

function isWanted(bytes: Buffer, at: number): boolean {
  const manager = bytes[at + 17];
  const info = (bytes[at + 16] ?? 0) & 0x70;
  if (manager === ResourceManager.transaction) return info === commitInfo || info === commitPreparedInfo;
  return manager === ResourceManager.xlog && ((bytes[at + 16] ?? 0) & 0xf0) === restorePointInfo;
}

/** The checksum covers the content, then the header up to the checksum itself. */
function isWhole(record: Buffer): boolean {
  const content = crc32c(record.subarray(recordHeader));
  return crc32c(record.subarray(0, 20), content) === record.readUInt32LE(20);
}

/** Source: PostgreSQL, xlogrecord.h, XLR_BLOCK_ID_*. Records of transactions and restore points refer to no blocks. */
const BlockId = { short: 255, long: 254, origin: 253, topTransaction: 252 } as const;

function mainData(record: Buffer): Buffer | undefined {
  let at = recordHeader;
  while (at + 2 <= record.length) {
    const id = record[at];
    if (id === BlockId.origin) at += 3;
    else if (id === BlockId.topTransaction) at += 5;
    else if (id === BlockId.short) return record.subarray(record.length - (record[at + 1] ?? 0));
    else if (id === BlockId.long) return record.subarray(record.length - record.readUInt32LE(at + 1));
    else return undefined;
  }
  return undefined;
}

/** Source: PostgreSQL, xact.h, XACT_XINFO_*; the parts stand in this order. */
const CommitPart = {
  database: 1 << 0,
  subtransactions: 1 << 1,
  relations: 1 << 2,
  invalidations: 1 << 3,
  twoPhase: 1 << 4,
  droppedStatistics: 1 << 8,
} as const;
const hasParts = 0x80;

/** Whose commit it is: a prepared transaction stands behind the other parts, any other in the header of the record. */
function committedTransaction(record: Buffer, data: Buffer, major: number): number {
  const info = record[16] ?? 0;
  if ((info & 0x70) === commitInfo) return record.readUInt32LE(4);
  if ((info & hasParts) === 0) return 0;
  const parts = data.readUInt32LE(8);
  let at = 12;
  const skipList = (part: number, size: number): void => {
    if ((parts & part) !== 0) at += 4 + size * data.readInt32LE(at);
  };
  if ((parts & CommitPart.database) !== 0) at += 8;
  skipList(CommitPart.subtransactions, 4);
  skipList(CommitPart.relations, 12);
  skipList(CommitPart.droppedStatistics, major >= 18 ? 16 : 12);
  skipList(CommitPart.invalidations, 16);
  return (parts & CommitPart.twoPhase) === 0 ? 0 : data.readUInt32LE(at);
}

function readRestorePoint(data: Buffer): { name: string; time: string } {
  const text = data.subarray(8);
  const end = text.indexOf(0);
  return {
    name: text.subarray(0, end < 0 ? text.length : end).toString("utf8"),
    time: timeText(data.readBigInt64LE(0)),
  };
}

/** Microseconds from 1 January 1970 to 1 January 2000, where PostgreSQL's time begins. */
const epoch = 946_684_800_000_000n;

/** RFC 3339 with microseconds. */
function timeText(microseconds: bigint): string {
  const unix = microseconds + epoch;
  // Rounded down also before 1970.
  const fraction = ((unix % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const second = new Date(Number((unix - fraction) / 1000n)).toISOString().slice(0, 19);
  return `${second}.${fraction.toString().padStart(6, "0")}Z`;
}

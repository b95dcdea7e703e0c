import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";

/** One member of an archive. Times are zero, so that equal content gives an equal digest. */
export type TarEntry = { path: string; mode: number; uid?: number; gid?: number } & (
  | { type: "directory" }
  | { type: "symlink"; target: string }
  | { type: "file"; content: Buffer | string }
  | { type: "copy"; from: string }
);

const blockSize = 512;
const typeFlags = { file: "0", copy: "0", symlink: "2", directory: "5" } as const;

function octal(value: number, width: number): string {
  return value.toString(8).padStart(width - 1, "0") + "\0";
}

function header(entry: TarEntry, size: number): Buffer {
  const name = entry.type === "directory" ? `${entry.path}/` : entry.path;
  const target = entry.type === "symlink" ? entry.target : "";
  for (const text of [name, target]) {
    if (Buffer.byteLength(text) > 100)
      throw new Error(`The path "${text}" is longer than the 100 bytes a ustar header holds.`);
  }
  const block = Buffer.alloc(blockSize);
  block.write(name, 0);
  block.write(octal(entry.mode, 8), 100);
  block.write(octal(entry.uid ?? 0, 8), 108);
  block.write(octal(entry.gid ?? 0, 8), 116);
  block.write(octal(size, 12), 124);
  block.write(octal(0, 12), 136);
  block.write("        ", 148);
  block.write(typeFlags[entry.type], 156);
  block.write(target, 157);
  block.write("ustar\x0000", 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

function padding(size: number): Buffer {
  return Buffer.alloc((blockSize - (size % blockSize)) % blockSize);
}

async function* copied(entry: TarEntry & { type: "copy" }): AsyncGenerator<Buffer> {
  const { size } = await stat(entry.from);
  yield header(entry, size);
  let read = 0;
  for await (const chunk of createReadStream(entry.from, { highWaterMark: 1 << 20 })) {
    read += (chunk as Buffer).length;
    yield chunk as Buffer;
  }
  if (read !== size) throw new Error(`${entry.from} changed while it was being packed: build it again.`);
  yield padding(size);
}

/** The bytes of a ustar archive of these entries, in their order. */
export async function* tar(entries: Iterable<TarEntry>): AsyncGenerator<Buffer> {
  for (const entry of entries) {
    if (entry.type === "copy") {
      yield* copied(entry);
      continue;
    }
    const content = entry.type === "file" ? Buffer.from(entry.content) : Buffer.alloc(0);
    yield Buffer.concat([header(entry, content.length), content, padding(content.length)]);
  }
  yield Buffer.alloc(2 * blockSize);
}

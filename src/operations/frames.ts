import { Transform, Writable } from "node:stream";

/** Longest frame that is written, bytes. */
const longest = 1024 * 1024;

/**
 * Puts frames around a stream for `archive.py`: length in four bytes, big-endian, then the content; one without content at the end. A
 * stream that breaks off has no such end, so that its reader can tell.
 */
export function toFrames(): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      for (let at = 0; at < chunk.length; at += longest) {
        const content = chunk.subarray(at, at + longest);
        this.push(header(content.length));
        this.push(content);
      }
      done();
    },
    flush(done) {
      this.push(header(0));
      done();
    },
  });
}

function header(length: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(length);
  return bytes;
}

/**
 * Reads frames and hands out each content as soon as it is whole; an empty one is the end of an object. What `use` throws ends the stream
 * with that error.
 */
export function fromFrames(use: (content: Buffer) => void): Writable {
  let [parts, have]: [Buffer[], number] = [[], 0];
  // Joined only when a frame is whole: a frame comes in many pieces.
  const take = (length: number): Buffer => {
    const all = parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
    parts = [all.subarray(length)];
    have -= length;
    return all.subarray(0, length);
  };
  let wanted: number | undefined;
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      parts.push(chunk);
      have += chunk.length;
      try {
        while (have >= (wanted ?? 4)) {
          if (wanted === undefined) {
            wanted = take(4).readUInt32BE();
          } else {
            const content = take(wanted);
            wanted = undefined;
            use(content);
          }
        }
        done();
      } catch (error) {
        done(error as Error);
      }
    },
  });
}

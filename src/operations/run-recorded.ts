import { type JobContext, type JobRun, runJobFrom } from "./run-job";
import { describeError } from "./waiting";

/** Where an operation keeps what came of its runs. */
export interface KeptRecords<Record extends { id: string }> {
  /** Newest first. */
  read: () => Promise<Record[]>;
  failed: (record: Record) => boolean;
}

/**
 * Runs a Job whose operation keeps a record, and follows it to its end. One that failed ends its Job as failed, and its record stands with the
 * others.
 * @returns the record, also when it failed
 * @throws Error when it came to no record
 */
export async function runRecorded<Record extends { id: string }>(
  context: JobContext,
  run: JobRun,
  { read, failed }: KeptRecords<Record>,
): Promise<Record> {
  const before = await read();
  try {
    return await runJobFrom<Record>(context, run);
  } catch (error) {
    const [newest] = await read();
    const isNews = newest !== undefined && !before.some(({ id }) => id === newest.id);
    if (isNews && failed(newest) && describeError(error).includes(newest.id)) return newest;
    throw error;
  }
}

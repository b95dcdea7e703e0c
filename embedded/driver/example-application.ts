import type { OutputMap } from "@pulumi/pulumi/automation";
import { waitFor } from "../process";
import type { Progress } from "../progress";
import { type ClusterAccess, openKubernetes } from "./kubernetes";

/** How long the application may take to answer, in milliseconds: its pods are ready already. */
const patience = 60_000;

/** Port of its container. */
const port = 8080;

/**
 * Calls the example application over HTTP: writes a note and reads it back.
 *
 * @returns what it answered, as a sentence; undefined where the stack has none
 */
export async function askExample(
  access: ClusterAccess,
  outputs: OutputMap,
  progress: Progress,
): Promise<string | undefined> {
  const host: unknown = outputs.exampleService?.value;
  if (typeof host !== "string") return undefined;
  const [service = "", namespace = ""] = host.split(".");
  return progress.step("Call the example application over HTTP", async say => {
    const kubernetes = await openKubernetes(access);
    say("a note that is written and read back");
    const count = await waitFor(
      async () => {
        const forward = await kubernetes.forward(namespace, service, port);
        try {
          return await writeAndRead(`http://127.0.0.1:${forward.port}/notes`);
        } finally {
          await forward.close();
        }
      },
      {
        what: `The example application behind Service ${namespace}/${service}`,
        timeoutMs: patience,
        everyMs: 1_000,
      },
    );
    return `POST http://${host}/notes and GET: ${count} ${count === 1 ? "note" : "notes"} in its database`;
  });
}

async function writeAndRead(url: string): Promise<number> {
  const text = `npm start was here at ${new Date().toISOString()}`;
  const made = await fetch(url, { method: "POST", body: text, headers: { connection: "close" } });
  if (made.status !== 201) throw new Error(`it answered ${made.status}: ${await made.text()}`);
  const found = (await (await fetch(url, { headers: { connection: "close" } })).json()) as { text: string }[];
  if (!found.some(note => note.text === text))
    throw new Error("the note that was written is not among those read");
  return found.length;
}

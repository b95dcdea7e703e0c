import * as assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pinnedImages } from "../../src/cnpg/images";
import { type FaultyStore, harness, type SpecStore, StoreFault } from "./harness";

const segment = "000000010000000000000001";

/** Does one thing to a container, without the client's own patience. */
const python = `
import os, sys
from azure.storage.blob import ContainerClient
verb, container, blob = sys.argv[1:4]
client = ContainerClient.from_connection_string(
    os.environ["AZURE_STORAGE_CONNECTION_STRING"], container, retry_total=0, connection_timeout=5, read_timeout=5)
if verb == "write":
    client.upload_blob(blob, sys.stdin.buffer.read(), overwrite=True)
elif verb == "read":
    sys.stdout.buffer.write(client.download_blob(blob).readall())
else:
    client.delete_blob(blob)
`;

describe("the object store of the specs", function () {
  this.timeout(5 * 60_000);
  const bench = harness();
  let namespace: string;
  let store: SpecStore;
  let faulty: FaultyStore;

  before(async function () {
    bench.requireStore(this, { faults: true });
    namespace = await bench.namespaceFor("store");
    store = await bench.store("store");
    faulty = await bench.faultyStore("faulty");
    await startPod("direct", store);
    await startPod("behind", faulty);
    await bench.kubectl("wait", "pod", "--all", "-n", namespace, "--for=condition=Ready", "--timeout=120s");
  });

  /** A pod with the programs that the Barman Cloud plugin runs. */
  async function startPod(name: string, { connectionString }: SpecStore): Promise<void> {
    const secret = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name, namespace },
      stringData: { AZURE_STORAGE_CONNECTION_STRING: connectionString },
    };
    const container = {
      name,
      image: pinnedImages.pluginSidecar,
      command: ["sleep", "infinity"],
      envFrom: [{ secretRef: { name } }],
    };
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, namespace },
      spec: { terminationGracePeriodSeconds: 0, containers: [container] },
    };
    const folder = mkdtempSync(join(tmpdir(), "object-store-"));
    try {
      const file = join(folder, "objects.json");
      writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "List", items: [secret, pod] }), {
        mode: 0o600,
      });
      await bench.kubectl("apply", "-f", file);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  const shell = (pod: string, script: string, ...args: string[]): Promise<string> =>
    bench.kubectl("exec", "-n", namespace, pod, "--", "sh", "-c", script, "sh", ...args);

  const write = (blob: string, content: string): Promise<string> =>
    shell(
      "behind",
      'printf %s "$1" | python3 -c "$2" write "$3" "$4"',
      content,
      python,
      faulty.container,
      blob,
    );
  const read = (blob: string): Promise<string> =>
    shell("behind", 'python3 -c "$1" read "$2" "$3"', python, faulty.container, blob);

  const barman = (command: string, pod: string, { destinationPath }: SpecStore, file: string) => {
    const program = `barman-cloud-wal-${command} --cloud-provider=azure-blob-storage`;
    return shell(pod, `cd /tmp && ${program} "$1" orders ${file}`, destinationPath);
  };

  for (const [pod, of] of [
    ["direct", () => store],
    ["behind", () => faulty],
  ] as const) {
    it(`takes what Barman archives in a pod, and gives it back (${pod})`, async () => {
      await shell(pod, `printf 'a segment' > /tmp/${segment}`);
      await barman("archive", pod, of(), segment);
      assert.deepEqual(await of().list("orders/"), [`orders/wals/${segment.slice(0, 16)}/${segment}`]);
      await barman("restore", pod, of(), `${segment} /tmp/restored`);
      assert.equal(await shell(pod, "cat /tmp/restored"), "a segment");
    });
  }

  it("shows, damages and removes what is in it, beside its users", async () => {
    await write("folder/blob", "content");
    assert.deepEqual(await faulty.list("folder/"), ["folder/blob"]);
    assert.equal((await faulty.read("folder/blob")).toString(), "content");
    await faulty.damage("folder/blob");
    const damaged = await faulty.read("folder/blob");
    assert.equal(damaged.length, "content".length);
    assert.notEqual(damaged.toString(), "content");
    await faulty.write("folder/blob", "other");
    assert.equal(await read("folder/blob"), "other");
    await faulty.remove("folder/blob");
    await assert.rejects(read("folder/blob"), /BlobNotFound/);
    await assert.rejects(faulty.remove("folder/blob"), { statusCode: 404 });
  });

  for (const [fault, sign] of [
    [StoreFault.Unreachable, /Connection (reset|aborted)/],
    [StoreFault.Silent, /timed out/],
    [StoreFault.Busy, /ServerBusy/],
    [StoreFault.Refused, /AuthenticationFailed/],
  ] as const) {
    it(`is ${fault} to a pod, not to the spec, until it is healed`, async () => {
      await faulty.write(fault, "written before");
      const before = await faulty.hits();
      await faulty.fail(fault);
      await assert.rejects(read(fault), sign);
      assert.ok((await faulty.hits()) > before);
      assert.equal((await faulty.read(fault)).toString(), "written before");
      await faulty.heal();
      assert.equal(await read(fault), "written before");
    });
  }

  it("takes nothing more when it is full, until it is healed", async () => {
    await faulty.write("early", "kept");
    await faulty.fail(StoreFault.Full);
    await assert.rejects(write("late", "refused"), /InsufficientStorage/);
    assert.equal(await read("early"), "kept");
    await faulty.heal();
    await write("late", "taken");
    assert.equal((await faulty.read("late")).toString(), "taken");
  });
});

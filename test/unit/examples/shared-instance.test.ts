import * as assert from "node:assert/strict";
import { type MockRecorder, startMocks } from "../mocks";

/** Modules of the example, to be loaded anew for each run. */
const load = require;

async function run(preview: boolean): Promise<MockRecorder> {
  const recorder = await startMocks({
    preview,
    outputs: ({ name }) =>
      name.endsWith("authority-source") ? { data: { "ca.crt": "certificate" } } : undefined,
  });
  const path = load.resolve("../../../examples/shared-instance");
  delete load.cache[path];
  load(path);
  await recorder.settled();
  return recorder;
}

for (const preview of [true, false]) {
  describe(`examples, ${preview ? "at preview" : "at update"}`, () => {
    it("shared-instance: three applications with different rights in two databases", async () => {
      const recorder = await run(preview);
      const memberOf = (name: string): unknown =>
        (recorder.named(name).inputs as { spec: { inRoles?: string[] } }).spec.inRoles;
      if (!preview) {
        assert.deepEqual(memberOf("notes-link-role"), ["notes_user"]);
        assert.deepEqual(memberOf("reader-link-role"), ["notes_readonly"]);
      }
      assert.equal(recorder.ofType("apps/v1:Deployment").length, 3);
      assert.ok(recorder.find("guestbook-database-database-object"));
      // The password of the writer is made in the cluster.
      assert.equal(recorder.find("notes-link-password"), undefined);
      assert.ok(recorder.find("notes-link-rotate"));
    });
  });
}

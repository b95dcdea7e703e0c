import * as assert from "node:assert/strict";
import {
  causeSentence,
  plainCause,
  StoreProblem,
  storeProblem,
  storeRemedies,
} from "../../../src/backup/store-problem";
import { storeWindowDays } from "../../../src/backup/store-window";

describe("storeProblem", () => {
  // What Barman 3.19 wrote into the sidecar's log, or the store's own code.
  const words: [string, StoreProblem][] = [
    [
      "Barman cloud WAL archiver exception: Server failed to authenticate the request. Make sure the value of the Authorization header is formed correctly including the signature.",
      StoreProblem.Credential,
    ],
    ["An error occurred (InvalidAccessKeyId) when calling the HeadBucket operation", StoreProblem.Credential],
    ["An error occurred (403) when calling the HeadBucket operation: Forbidden", StoreProblem.Credential],
    [
      "Barman cloud WAL archiver exception: HTTPConnection(host='10.0.0.1', port=10000): Failed to establish a new connection: [Errno 111] Connection refused",
      StoreProblem.Unreachable,
    ],
    [
      "Barman cloud WAL archiver exception: ('Connection aborted.', TimeoutError('timed out'))",
      StoreProblem.Unreachable,
    ],
    ["Backup failed uploading data (InsufficientStorage)", StoreProblem.Full],
    ["An error occurred (XMinioStorageFull) when calling the PutObject operation", StoreProblem.Full],
    ["ErrorCode:ContainerNotFound", StoreProblem.Missing],
    ["An error occurred (NoSuchBucket) when calling the ListObjects operation", StoreProblem.Missing],
    ["ERROR: WAL archive check failed for server orders-g1: Expected empty archive", StoreProblem.InUse],
  ];
  for (const [text, problem] of words) {
    it(`is ${problem}: ${text.slice(0, 60)}`, () => assert.equal(storeProblem(text), problem));
  }

  it("is nothing where nothing is known", () => {
    assert.equal(storeProblem("rpc error: code = Unknown desc = exit status 4"), undefined);
    assert.equal(storeProblem("WAL segment 000000010000000000000040 was archived"), undefined);
  });

  it("has a remedy each", () => {
    for (const problem of Object.values(StoreProblem)) assert.match(storeRemedies[problem], /^The .*\.$/);
  });
});

describe("a cause", () => {
  it("loses what the way through the plugin put before it, and ends", () => {
    assert.equal(plainCause("rpc error: code = Unknown desc = exit status 1"), "exit status 1");
    assert.equal(causeSentence("rpc error: code = Unavailable desc = gone"), "gone.");
    assert.equal(causeSentence("It is full!"), "It is full!");
  });
});

describe("storeWindowDays", () => {
  it("counts as Barman does", () => {
    assert.deepEqual(["7d", "2w", "3m", undefined, "x", "7"].map(storeWindowDays), [
      7,
      14,
      93,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

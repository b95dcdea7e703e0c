import * as assert from "node:assert/strict";
import { redact, redacted } from "../../../../embedded/driver/outputs";

describe("redacted outputs", () => {
  it("hide a secret and keep the rest", () => {
    assert.deepEqual(
      redact({ host: { value: "orders", secret: false }, password: { value: "hunter22", secret: true } }),
      {
        host: "orders",
        password: redacted,
      },
    );
  });

  it("hide a secret inside another output, however deep", () => {
    const outputs = {
      password: { value: "hunter22", secret: true },
      nested: { value: { list: ["a hunter22 b"], port: 5432 }, secret: false },
    };
    assert.deepEqual(redact(outputs).nested, { list: [`a ${redacted} b`], port: 5432 });
  });

  it("hide the password of a secret URL, plain and percent-encoded", () => {
    const outputs = {
      connectionString: { value: "postgresql://app:p%40ssw0rd@orders:5432/app", secret: true },
      leaks: { value: ["p@ssw0rd", "p%40ssw0rd"], secret: false },
    };
    assert.deepEqual(redact(outputs).leaks, [redacted, redacted]);
  });

  it("hide the longer of two secrets first", () => {
    const outputs = {
      a: { value: "abcdef", secret: true },
      b: { value: "abcdefgh", secret: true },
      text: { value: "abcdefgh", secret: false },
    };
    assert.equal(redact(outputs).text, redacted);
  });
});

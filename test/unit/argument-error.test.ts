import * as assert from "node:assert/strict";
import { ArgumentError } from "../../src/argument-error";

describe("ArgumentError", () => {
  const problem = {
    component: "Replica",
    resource: "west",
    argument: "primary",
    value: "east",
    problem: "is neither.",
  };

  it("keeps its message when Pulumi's SDK puts the way of the value before it", () => {
    const error = new ArgumentError({ ...problem, remedy: "Choose another." });
    error.message = `error serializing property "spec": ${error.message}`;
    assert.equal(error.message, 'Replica "west": argument primary = "east": is neither. Choose another.');
    assert.match(error.stack ?? "", /^ArgumentError: Replica "west"/);
    assert.equal(String(error), `ArgumentError: ${error.message}`);
  });
});

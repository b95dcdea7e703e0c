import * as assert from "node:assert/strict";
import * as fc from "fast-check";

import { compileJsonPath } from "../../../../embedded/providers/kubernetes/json-path";
import { waitForTerms } from "../../../../embedded/providers/kubernetes/wait-for";
import type { Manifest } from "../../../../embedded/providers/kubernetes/manifest";

const object: Manifest = {
  metadata: { generation: 2, annotations: { "a.b/c": "dotted" } },
  status: {
    phase: "Running",
    ready: true,
    count: 3,
    nothing: null,
    conditions: [
      { type: "Ready", status: "False", reason: "Starting", message: "one of three" },
      { type: "cnpg.io/hibernation", status: "True" },
    ],
  },
};

describe("JSONPath of readiness expressions", () => {
  for (const [path, expected] of [
    [".status.phase", ["Running"]],
    ["$.status.phase", ["Running"]],
    [".status['phase']", ["Running"]],
    ['.metadata.annotations["a.b/c"]', ["dotted"]],
    [".status.conditions[0].type", ["Ready"]],
    [".status.conditions[-1].type", ["cnpg.io/hibernation"]],
    [".status.conditions[*].status", ["False", "True"]],
    ['.status.conditions[?(@.type=="cnpg.io/hibernation")].status', ["True"]],
    [".status.conditions[?@.type == 'Ready'].reason", ["Starting"]],
    ['.status.conditions[?(@.type!="Ready")].status', ["True"]],
    [".status.conditions[?(@.reason)].type", ["Ready"]],
    [".status.missing.deeper", []],
    [".status.phase[0]", []],
  ] as const) {
    it(`selects ${JSON.stringify(expected)} by ${path}`, () =>
      assert.deepEqual(compileJsonPath(path)(object), expected));
  }

  it("refuses what it does not know, naming the place", () => {
    assert.throws(() => compileJsonPath(".status..phase"), /cannot be read from "\.\.phase"/);
    assert.throws(() => compileJsonPath(".a[1:2]"), /cannot be read from "\[1:2\]"/);
    assert.throws(() => compileJsonPath(".a[?(@.b==c)]"), /text needs quotes/);
  });

  it("finds every member by its quoted name", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), key => {
        fc.pre(key !== "__proto__");
        const quoted = key.replaceAll("\\", "\\\\").replaceAll("'", "\\'");
        assert.deepEqual(compileJsonPath(`['${quoted}']`)({ [key]: 1 }), [1]);
      }),
    );
  });
});

function ready(annotation: string, live: Manifest = object): boolean[] {
  const metadata = { ...(live["metadata"] as Manifest), annotations: { "pulumi.com/waitFor": annotation } };
  return (waitForTerms({ ...live, metadata }) ?? []).map(term => term({ ...live, metadata }).ready);
}

describe("pulumi.com/waitFor", () => {
  for (const [annotation, expected] of [
    ["condition=Ready", [false]],
    ["condition=Ready=False", [true]],
    ["condition=ready=fAlSe", [true]],
    ["condition=cnpg.io/hibernation", [true]],
    ["condition=Unheard", [false]],
    ["jsonpath={.status.phase}", [true]],
    ["jsonpath={.status.phase}=Running", [true]],
    ["jsonpath={.status.phase}=Pending", [false]],
    ["jsonpath={ .status.count }=3", [true]],
    ["jsonpath={.status.ready}=true", [true]],
    ["jsonpath={.status.missing}", [false]],
    ['jsonpath={.status.conditions[?(@.type=="Ready")].status}=False', [true]],
    ["jsonpath={.status.conditions}", [true]],
    ['["condition=Ready=False","jsonpath={.status.count}=4"]', [true, false]],
  ] as const) {
    it(`${annotation} → ${expected.join(", ")}`, () => assert.deepEqual(ready(annotation), expected));
  }

  for (const [annotation, message] of [
    ["Ready", /expected a "jsonpath=" or "condition=" prefix, got "Ready"/],
    ["[]", /at least one condition/],
    ["jsonpath=.status.phase", /wrapped in brackets/],
    ["jsonpath='{.status.phase}'", /omit shell quotes/],
    ["jsonpath={.status.phase}=", /requires a value/],
    ["jsonpath={.status.phase}=a=b", /format should be/],
  ] as const) {
    it(`refuses ${annotation}`, () => assert.throws(() => ready(annotation), message));
  }

  it("is absent without the annotation", () => assert.equal(waitForTerms({ metadata: {} }), undefined));

  it("does not compare a list or an object", () => {
    assert.throws(() => ready("jsonpath={.status.conditions}=x"), /non-primitive value/);
  });

  it("takes no word for it from a status older than the specification", () => {
    const stale = { ...object, status: { ...(object["status"] as Manifest), observedGeneration: 1 } };
    assert.deepEqual(ready("jsonpath={.status.phase}=Running", stale), [false]);
    assert.deepEqual(ready("condition=Ready=False", stale), [false]);
    const ofCondition = {
      metadata: { generation: 2 },
      status: { conditions: [{ type: "A", status: "True", observedGeneration: 1 }] },
    };
    assert.deepEqual(ready("condition=A", ofCondition), [false]);
  });
});

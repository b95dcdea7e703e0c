import * as assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { deploymentSettings } from "../../../examples/ci/deployment-settings";
import { policies } from "./policies";
import { promiseOf } from "../mocks";
import { runExample } from "./stack";

const folder = resolve(__dirname, "../../../../examples/ci");
const read = (file: string): string => readFileSync(join(folder, file), "utf8");

interface Step {
  uses?: string;
  if?: string;
  with?: Record<string, unknown>;
}

describe("examples/ci", () => {
  const config = {
    repository: "owner/name",
    organization: "owner",
    tenantId: "00000000-0000-0000-0000-00000000000c",
    subscriptionId: "00000000-0000-0000-0000-00000000000a",
  };

  for (const preview of [true, false])
    it(`the identity that deploys has no secret, ${preview ? "at preview" : "at update"}`, async () => {
      const { recorder, outputs } = await runExample("ci", config, { preview });
      assert.equal(recorder.ofType("managedidentity:FederatedIdentityCredential").length, 5);
      assert.deepEqual(policies["everything is tagged"]?.(recorder), []);
      if (!preview) assert.ok(await promiseOf(outputs.settings as pulumi.Output<unknown>));
    });

  it("GitHub previews pull requests, deploys main, and looks for drift at night", () => {
    const workflow = parse(read("github-actions.yaml")) as {
      on: Record<string, unknown>;
      permissions: Record<string, string>;
      jobs: { database: { steps: Step[] } };
    };
    assert.deepEqual(Object.keys(workflow.on), ["pull_request", "push", "schedule", "workflow_dispatch"]);
    assert.equal(workflow.permissions["id-token"], "write");
    const runs = workflow.jobs.database.steps.filter(({ uses }) => uses?.startsWith("pulumi/actions"));
    assert.deepEqual(
      runs.map(step => [step.if, step.with?.command, step.with?.["expect-no-changes"]]),
      [
        ["github.event_name == 'pull_request'", "preview", undefined],
        ["github.event_name == 'push' || github.event_name == 'workflow_dispatch'", "up", undefined],
        ["github.event_name == 'schedule'", "preview", true],
      ],
    );
  });

  it("Azure Pipelines does the same", () => {
    const pipeline = parse(read("azure-pipelines.yaml")) as {
      schedules: { always: boolean }[];
      variables: Record<string, unknown>[];
    };
    assert.equal(pipeline.schedules[0]?.always, true);
    const command = JSON.stringify(pipeline.variables);
    for (const words of ["preview --diff", "--refresh --expect-no-changes", "up --yes"])
      assert.ok(command.includes(words), words);
  });

  it("no pipeline stores a secret", () => {
    for (const file of ["github-actions.yaml", "azure-pipelines.yaml"])
      assert.doesNotMatch(
        read(file),
        /\bsecrets\.|password|client-secret|ARM_CLIENT_SECRET|PASSPHRASE/,
        file,
      );
    const text = JSON.stringify(deploymentSettings({ ...config, folder: "infra", clientId: "id" }));
    assert.doesNotMatch(text, /password|secret|accessToken/i);
    assert.match(text, /"paths":\["infra\/\*\*"\]/);
  });
});

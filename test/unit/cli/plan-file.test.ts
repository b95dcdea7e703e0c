import * as assert from "node:assert/strict";
import fc from "fast-check";
import { parse } from "yaml";
import { stackConfiguration, writePlanFile } from "../../../src/cli/plan-file";
import { readConfiguration } from "../../../src/configuration";
import { type GenerationArguments, generationArguments } from "../../../src/restore/arguments";

const planned = generationArguments(["1"], "2", {
  restoredFrom: {
    generation: "1",
    backupId: "20261120T020003",
    target: { time: "2026-11-20T14:30:00+01:00", exclusive: true },
  },
});

const write = (text: string, plan: Parameters<typeof stackConfiguration>[1] = planned): Promise<string> =>
  stackConfiguration(text, plan, "Pulumi.dev.yaml");

/** What Pulumi gives to the program for the keys of a file: JSON for what is no scalar. */
function configuration(text: string): GenerationArguments {
  const { config } = parse(text) as { config: Record<string, unknown> };
  const read = readConfiguration({
    config: key => {
      const value = config[`pulumi-cnpg:${key}`];
      return value === undefined || typeof value === "string" ? value : JSON.stringify(value);
    },
    environment: {},
  });
  return { generations: read.generations ?? {}, activeGeneration: read.activeGeneration ?? "" };
}

describe("planned arguments in a stack's file", () => {
  it("are read by the reference stack as they were planned", async () => {
    const text = await write("config:\n  pulumi-cnpg:namespace: shop\n");
    assert.deepEqual(configuration(text), planned);
    assert.equal(
      text,
      `config:
  pulumi-cnpg:namespace: shop
  pulumi-cnpg:postgres_generations:
    "1": {}
    "2":
      restoredFrom:
        generation: "1"
        backupId: "20261120T020003"
        target:
          time: "2026-11-20T14:30:00+01:00"
          exclusive: true
  pulumi-cnpg:postgres_active_generation: "2"
`,
    );
  });

  it("leave everything else as it is, and are there once", async () => {
    const before = `# Of the shop.
encryptionsalt: v1:abc=

config:
    # where it is
    pulumi-cnpg:namespace: shop # here
    pulumi-cnpg:postgres_password:
        secure: v1:def=
    pulumi-cnpg:postgres_generations:
        # the first one
        "1":
            storage: { size: 20Gi }
    other:key: [ a, b ]
`;
    const text = await write(before);
    for (const line of before.split("\n")) assert.ok(text.includes(line.trimEnd()), line);
    assert.equal(await write(text), text);
    assert.deepEqual(configuration(text).generations["1"], { storage: { size: "20Gi" } });
    assert.deepEqual(configuration(text).generations["2"], planned.generations["2"]);
  });

  it("replace an earlier plan for the same generation, and a text of generations", async () => {
    const other = generationArguments(["1"], "2", {
      restoredFrom: { generation: "1", target: { latest: true } },
    });
    assert.deepEqual(configuration(await write(await write("", other))), planned);
    const asText = `config:\n  pulumi-cnpg:postgres_generations: '{"1": {"version": "17"}}'\n`;
    assert.deepEqual(configuration(await write(asText)).generations["1"], { version: "17" });
    const plain = "config:\n  pulumi-cnpg:postgres_generations:\n    1: { version: '17' }\n";
    assert.deepEqual(configuration(await write(plain)).generations, {
      ...planned.generations,
      "1": { version: "17" },
    });
  });

  it("are the only generation of a new instance", async () => {
    const restore = { archive: "orders-g1", backupId: "20261120T020003", target: { latest: true } };
    assert.deepEqual(configuration(await write("", { restore })), {
      generations: { "1": { restoredFrom: restore } },
      activeGeneration: "1",
    });
  });

  it("survive whatever a name looks like", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string({ minLength: 1 }),
          fc.constantFrom("1e3", "0x10", "true", "null", "~", "2026-11-20", "a: b", "12:30"),
        ),
        async restorePoint => {
          const plan = generationArguments(["1"], "2", {
            restoredFrom: { generation: "1", backupId: "20261120T020003", target: { restorePoint } },
          });
          const text = await write("config: {}\n", plan);
          assert.deepEqual(configuration(text), plan);
          assert.equal(await write(text, plan), text);
        },
      ),
    );
  });

  it("are refused for a file that is no stack's", async () => {
    await assert.rejects(write("- a\n"), /is not the file of a stack/);
    await assert.rejects(write("a: [\n"), /is not YAML/);
    await assert.rejects(
      write("config:\n  pulumi-cnpg:postgres_generations: 7\n"),
      /is not a map of generations/,
    );
    await assert.rejects(
      writePlanFile("plan.txt", planned),
      /neither Pulumi\.<stack>\.yaml nor a \.json file/,
    );
    await assert.rejects(writePlanFile("/nowhere/Pulumi.a.yaml", planned), /does not exist/);
    await assert.rejects(writePlanFile("/nowhere/a.json", planned), /cannot be written/);
  });
});

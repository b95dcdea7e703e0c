import * as assert from "node:assert/strict";
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as fc from "fast-check";
import { credentials } from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import {
  CheckRequest,
  ConfigureRequest,
  CreateRequest,
  ErrorResourceInitFailed,
} from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { ServiceError } from "@grpc/grpc-js";

import { providerDirectory } from "../../../../embedded/providers";
import { fromStruct, Secret, toStruct, Unknown } from "../../../../embedded/providers/protocol/property";
import type { PropertyMap } from "../../../../embedded/providers/protocol/property";
import { startFakeApiServer } from "./fake-api-server";
import type { FakeApiServer } from "./fake-api-server";

const progress = {
  step: <T>(_title: string, run: (say: () => void) => Promise<T>) => run(() => undefined),
  note: () => undefined,
};

describe("plugin protocol", () => {
  it("carries plain, secret and unknown values unchanged", () => {
    const leaf = fc.oneof(
      fc.string(),
      fc.boolean(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.constant(null),
    );
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string().filter(key => key !== "__proto__"),
          leaf,
          { noNullPrototype: true },
        ),
        fc.string(),
        (plain, hidden) => {
          const properties: PropertyMap = {
            plain,
            hidden: new Secret(hidden),
            list: [new Secret([Unknown.instance]), Unknown.instance],
          };
          assert.deepEqual(fromStruct(toStruct(properties)), properties);
        },
      ),
    );
  });

  it("refuses assets by name", () => {
    const asset = { "4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17", text: "x" };
    assert.throws(() => fromStruct(toStruct({ asset })), /asset or an archive/);
  });
});

describe("plugin process", () => {
  let api: FakeApiServer;
  let plugin: ChildProcess;
  let client: ResourceProviderClient;

  before(async () => {
    api = await startFakeApiServer();
    const directory = await providerDirectory(progress, ["kubernetes"]);
    plugin = spawn(join(directory, "pulumi-resource-kubernetes"), [], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    assert.ok(plugin.stdout !== null);
    const [port] = (await once(plugin.stdout, "data")) as [Buffer];
    client = new ResourceProviderClient(`127.0.0.1:${port.toString().trim()}`, credentials.createInsecure());
  });

  after(async () => {
    client.close();
    plugin.kill();
    await once(plugin, "exit");
    await api.close();
  });

  it("reports the SDK's version, marked as a stand-in", async () => {
    const version = await new Promise<string>((resolve, reject) =>
      client.getPluginInfo(new Empty(), (error, info) =>
        error === null ? resolve(info.getVersion()) : reject(error),
      ),
    );
    assert.match(version, /^4\.\d+\.\d+\+stand-in$/);
  });

  it("hands an object that did not become ready to the engine, whole, with its reasons", async () => {
    const configure = new ConfigureRequest();
    configure.getVariablesMap().set("kubernetes:config:kubeconfig", api.kubeconfig);
    await new Promise<void>((resolve, reject) =>
      client.configure(configure, error => (error === null ? resolve() : reject(error))),
    );

    const urn = "urn:pulumi:dev::p::kubernetes:core/v1:ConfigMap::it";
    const annotations = { "pulumi.com/waitFor": "condition=Ready", "pulumi.com/timeoutSeconds": "1" };
    const news = toStruct({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "it", annotations },
      data: { big: "x".repeat(10_000) },
    });
    const check = new CheckRequest();
    check.setUrn(urn);
    check.setNews(news);
    const inputs = await new Promise<PropertyMap>((resolve, reject) =>
      client.check(check, (error, response) =>
        error === null ? resolve(fromStruct(response.getInputs())) : reject(error),
      ),
    );
    const create = new CreateRequest();
    create.setUrn(urn);
    create.setProperties(toStruct(inputs));
    const failure = await new Promise<ServiceError | null>(resolve =>
      client.create(create, error => resolve(error)),
    );

    const [bytes] = failure?.metadata.get("grpc-status-details-bin") ?? [];
    assert.ok(Buffer.isBuffer(bytes), "the failure carries details");
    const detail = Status.deserializeBinary(bytes).getDetailsList()[0];
    const init = detail?.unpack(
      ErrorResourceInitFailed.deserializeBinary,
      "pulumirpc.ErrorResourceInitFailed",
    );
    assert.equal(init?.getId(), "team/it");
    assert.match(init?.getReasonsList()[0] ?? "", /timed out/);
    assert.equal(String((fromStruct(init?.getProperties())["data"] as PropertyMap)["big"]).length, 10_000);
  });

  it("starts by a launcher that names its Node and its program in full", async () => {
    const directory = await providerDirectory(progress, ["kubernetes"]);
    const launcher = await readFile(join(directory, "pulumi-resource-kubernetes"), "utf8");
    assert.ok(launcher.includes(`'${process.execPath}' '/`), launcher);
  });

  it("has no launcher for a plugin without a stand-in", async () => {
    await assert.rejects(
      providerDirectory(progress, ["azure-native"]),
      /No stand-in for the resource plugin azure-native/,
    );
  });
});

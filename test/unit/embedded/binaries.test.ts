import * as assert from "node:assert/strict";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { ensureBinaries, moduleDirectory } from "../../../embedded/binaries";
import { projectDir } from "../../../embedded/paths";
import { Progress } from "../../../embedded/progress";
import { versions } from "../../../embedded/versions";

describe("embedded/binaries", () => {
  let dir: string;
  let steps: string[];
  const before = { PATH: process.env.PATH, PULUMI_CNPG_CACHE: process.env.PULUMI_CNPG_CACHE };
  const progress: Progress = {
    step: (title, work) => {
      steps.push(title);
      return work(() => undefined);
    },
    note: () => undefined,
  };

  beforeEach(() => {
    steps = [];
    dir = mkdtempSync(join(tmpdir(), "binaries-"));
    process.env.PULUMI_CNPG_CACHE = join(dir, "cache");
  });
  afterEach(() => {
    for (const [name, value] of Object.entries(before))
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    rmSync(dir, { recursive: true, force: true });
  });

  /** Puts a `go` first on PATH that writes down its arguments and "builds" what it is told to print. */
  function fakeGo(version: string, program = "program"): void {
    const bin = join(dir, "bin");
    mkdirSync(bin, { recursive: true });
    const script = `#!/bin/sh
case "$1" in
env) echo ${version};;
mod) echo '{"Path": "'"$4"'", "Dir": "/modules/'"$4"'"}';;
build) echo "$CGO_ENABLED $@" >> ${dir}/builds; while [ "$1" != -o ]; do shift; done; echo ${program} > "$2";;
esac
`;
    writeFileSync(join(bin, "go"), script);
    chmodSync(join(bin, "go"), 0o755);
    process.env.PATH = bin + delimiter + before.PATH;
  }

  it("builds statically with the versions set and puts kubectl beside the node", async () => {
    fakeGo("go1.26.8");
    const { node } = await ensureBinaries(progress, ["node"]);
    assert.equal(node, join(dir, "cache", "bin", "node"));
    assert.equal(readFileSync(node, "utf8"), "program\n");
    const build = readFileSync(join(dir, "builds"), "utf8");
    assert.match(build, /^0 build -trimpath -ldflags -s -w /);
    assert.ok(build.includes(`-X k8s.io/component-base/version.gitVersion=v${versions.kubernetes}`));
    assert.equal(readlinkSync(join(dir, "cache", "bin", "kubectl")), "node");
  });

  it("does nothing while the inputs stay the same", async () => {
    fakeGo("go1.26.8");
    await ensureBinaries(progress, ["pause", "pulumi"]);
    await ensureBinaries(progress, ["pause", "pulumi"]);
    assert.deepEqual(steps, ["Build pause", "Build pulumi"]);
  });

  it("builds again with another Go or after the program was removed", async () => {
    fakeGo("go1.26.8");
    const { pause } = await ensureBinaries(progress, ["pause"]);
    fakeGo("go1.27.0");
    await ensureBinaries(progress, ["pause"]);
    rmSync(pause);
    await ensureBinaries(progress, ["pause"]);
    assert.equal(steps.length, 3);
  });

  it("keeps the file when the new build is the same program", async () => {
    fakeGo("go1.26.8");
    const { pause } = await ensureBinaries(progress, ["pause"]);
    const inode = statSync(pause).ino;
    fakeGo("go1.26.9");
    await ensureBinaries(progress, ["pause"]);
    assert.equal(statSync(pause).ino, inode);
    fakeGo("go1.26.10", "another");
    await ensureBinaries(progress, ["pause"]);
    assert.equal(readFileSync(pause, "utf8"), "another\n");
  });

  it("says which Go is needed when there is none", async () => {
    process.env.PATH = join(dir, "empty");
    await assert.rejects(
      ensureBinaries(progress, ["pause"]),
      /Go 1\.\d+(\.\d+)? or newer .*The command go was not found on PATH/,
    );
  });

  it("says which Go is there when it is too old", async () => {
    fakeGo("go1.19.8");
    await assert.rejects(
      ensureBinaries(progress, ["pause"]),
      /Go 1\.\d+(\.\d+)? or newer .*the go on PATH is go1\.19\.8/,
    );
    assert.deepEqual(steps, []);
  });

  it("answers where a module lies", async () => {
    fakeGo("go1.26.8");
    assert.equal(await moduleDirectory("example.com/module"), "/modules/example.com/module");
  });
});

describe("embedded/versions", () => {
  const pins: [file: string, module: string, version: string][] = [
    ["embedded/go.mod", "k8s.io/kubernetes", versions.kubernetes],
    ["embedded/go.mod", "go.etcd.io/etcd/server/v3", versions.etcd],
    ["embedded/go.mod", "github.com/coredns/coredns", versions.coredns],
    ["embedded/go.mod", "github.com/cloudnative-pg/cloudnative-pg", versions.cloudnativePg],
    ["embedded/go.mod", "github.com/cloudnative-pg/plugin-barman-cloud", versions.barmanPlugin],
    [
      "embedded/go.mod",
      "github.com/kubernetes-csi/external-snapshotter/client/v8",
      versions.externalSnapshotter,
    ],
    [
      "embedded/snapshots/go.mod",
      "github.com/kubernetes-csi/external-snapshotter/v8",
      versions.externalSnapshotter,
    ],
    ["embedded/engine/go.mod", "github.com/pulumi/pulumi/pkg/v3", versions.pulumi],
  ];
  for (const [file, module, version] of pins)
    it(`${module} is ${version} in ${file}`, () => {
      assert.ok(readFileSync(join(projectDir(), file), "utf8").includes(`${module} v${version}\n`));
    });

  it("every Kubernetes module is the one of the pinned version", () => {
    const replaced = [
      ...readFileSync(join(projectDir(), "embedded/go.mod"), "utf8").matchAll(
        /^\tk8s\.io\/\S+ => \S+ (\S+)$/gm,
      ),
    ];
    assert.ok(replaced.length > 20);
    for (const [line, version] of replaced)
      assert.equal(version, versions.kubernetes.replace(/^1\./, "v0."), line);
  });
});

import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import * as fc from "fast-check";
import { baseRecipe, packageVersion } from "../../../embedded/images/base";
import { packImage } from "../../../embedded/images/build";
import { importBuilt, type ImageStore } from "../../../embedded/images";
import { imageName } from "../../../embedded/images/names";
import { digestName, writeArchive, writeLayer } from "../../../embedded/images/oci";
import { debianConfig, type ImageParts, imageParts, poolerParts } from "../../../embedded/images/recipe";
import { tar, type TarEntry } from "../../../embedded/images/tar";
import { projectDir } from "../../../embedded/paths";
import type { Progress } from "../../../embedded/progress";
import { versions } from "../../../embedded/versions";

const titles: string[] = [];
const progress: Progress = {
  step: (title, run) => {
    titles.push(title);
    return run(() => undefined);
  },
  note: line => void titles.push(line),
};

interface Index {
  manifests: { digest: string; size: number; annotations: Record<string, string> }[];
}

interface Manifest {
  config: { digest: string; size: number };
  layers: { digest: string; size: number; mediaType: string }[];
}

const sha256 = (file: string): string => createHash("sha256").update(readFileSync(file)).digest("hex");

describe("embedded images", () => {
  let folder: string;
  const inFolder = (name: string): string => join(folder, name);

  async function writeTar(name: string, entries: TarEntry[]): Promise<string> {
    writeFileSync(inFolder(name), Buffer.concat((await Readable.from(tar(entries)).toArray()) as Buffer[]));
    return inFolder(name);
  }

  function unpack(archive: string): string {
    const target = mkdtempSync(inFolder("unpacked-"));
    execFileSync("tar", ["-C", target, "-xf", archive]);
    return target;
  }

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "images-test-"));
    titles.length = 0;
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  describe("tar", () => {
    it("is read back by the system's tar, whatever the content", async () => {
      const files = fc.uniqueArray(
        fc.tuple(fc.stringMatching(/^[a-z][a-z0-9._-]{0,40}$/), fc.uint8Array({ maxLength: 1500 })),
        {
          selector: ([name]) => name,
          maxLength: 5,
        },
      );
      await fc.assert(
        fc.asyncProperty(files, async list => {
          const entries = list.map(([path, bytes]): TarEntry => ({
            type: "file",
            path,
            mode: 0o644,
            content: Buffer.from(bytes),
          }));
          const target = unpack(await writeTar("t.tar", entries));
          assert.deepEqual(readdirSync(target).sort(), list.map(([name]) => name).sort());
          for (const [name, bytes] of list)
            assert.deepEqual(readFileSync(join(target, name)), Buffer.from(bytes));
        }),
        { numRuns: 15 },
      );
    });

    it("carries modes, owners, links and copied files", async () => {
      writeFileSync(inFolder("program"), "x".repeat(1000));
      const archive = await writeTar("t.tar", [
        { type: "directory", path: "tmp", mode: 0o1777 },
        { type: "copy", path: "bin", mode: 0o755, uid: 26, gid: 27, from: inFolder("program") },
        { type: "symlink", path: "link", mode: 0o777, target: "bin" },
      ]);
      const listing = execFileSync("tar", ["--numeric-owner", "-tvf", archive], {
        env: { TZ: "UTC" },
        encoding: "utf8",
      })
        .trim()
        .split("\n");
      assert.match(listing[0] ?? "", /^drwxrwxrwt 0\/0 .* 1970-01-01 00:00 tmp\/$/);
      assert.match(listing[1] ?? "", /^-rwxr-xr-x 26\/27 +1000 .* bin$/);
      assert.match(listing[2] ?? "", /^lrwxrwxrwx 0\/0 .* link -> bin$/);
    });

    it("refuses a path that does not fit its header", async () => {
      await assert.rejects(
        writeTar("t.tar", [{ type: "file", path: "x".repeat(101), mode: 0o644, content: "" }]),
        /longer than the 100 bytes/,
      );
    });
  });

  describe("archive", () => {
    const ref = "registry.example.com:5000/team/thing:1.0";
    const config = { user: "26:26", workingDir: "/", entrypoint: ["/manager"], env: { PATH: "/bin" } };

    it("names every blob by its digest and the image by its tag and its digest", async () => {
      const layer = await writeLayer(inFolder("layer"), [
        { type: "file", path: "a", mode: 0o644, content: "hello" },
      ]);
      assert.equal(layer.digest, `sha256:${sha256(layer.file)}`);
      const digest = await writeArchive(inFolder("image.tar"), ref, config, [layer], "2026-01-01T00:00:00Z");
      const root = unpack(inFolder("image.tar"));
      const blobs = join(root, "blobs", "sha256");
      for (const name of readdirSync(blobs)) assert.equal(sha256(join(blobs, name)), name);

      const read = <T>(file: string): T => JSON.parse(readFileSync(file, "utf8")) as T;
      const blob = (of: string): string => join(blobs, of.slice("sha256:".length));
      const index = read<Index>(join(root, "index.json"));
      assert.deepEqual(
        index.manifests.map(manifest => manifest.annotations["io.containerd.image.name"]),
        [ref, `registry.example.com:5000/team/thing@${digest}`],
      );
      const manifest = read<Manifest>(blob(digest));
      for (const part of [...index.manifests, manifest.config, ...manifest.layers])
        assert.equal(statSync(blob(part.digest)).size, part.size);
      const written = read<{ config: object; rootfs: { diff_ids: string[] } }>(blob(manifest.config.digest));
      assert.deepEqual(written.rootfs.diff_ids, [layer.diffId]);
      assert.deepEqual(written.config, {
        User: "26:26",
        WorkingDir: "/",
        Entrypoint: ["/manager"],
        Env: ["PATH=/bin"],
        Labels: {},
      });
    });

    it("gives equal layers equal digests and every build its own", async () => {
      const entries: TarEntry[] = [{ type: "file", path: "a", mode: 0o644, content: "hello" }];
      const [one, two] = [
        await writeLayer(inFolder("one"), entries),
        await writeLayer(inFolder("two"), entries),
      ];
      assert.equal(one.digest, two.digest);
      const first = await writeArchive(inFolder("a.tar"), ref, config, [one], "2026-01-01T00:00:00Z");
      const second = await writeArchive(inFolder("b.tar"), ref, config, [two], "2026-01-01T00:00:01Z");
      assert.notEqual(first, second);
    });
  });

  describe("name", () => {
    it("splits at the tag, not at the registry's port", () => {
      assert.deepEqual(imageName("localhost:5000/a/b:1.2-x"), {
        repository: "localhost:5000/a/b",
        tag: "1.2-x",
      });
    });

    for (const ref of ["ghcr.io/a/b", "localhost:5000/a/b", "ghcr.io/a/b@sha256:00"]) {
      it(`refuses ${ref}`, () => assert.throws(() => imageName(ref), /has no tag/));
    }
  });

  describe("build", () => {
    const ref = "ghcr.io/pulumi-cnpg/jobs:0.1.0";
    let cache: string | undefined;
    beforeEach(() => {
      cache = process.env.PULUMI_CNPG_CACHE;
      process.env.PULUMI_CNPG_CACHE = inFolder("cache");
      writeFileSync(inFolder("jobs.js"), "1");
    });
    afterEach(() => {
      if (cache === undefined) delete process.env.PULUMI_CNPG_CACHE;
      else process.env.PULUMI_CNPG_CACHE = cache;
    });
    const parts = (): ImageParts => ({
      config: debianConfig(18),
      below: [],
      own: [{ type: "copy", path: "jobs.js", mode: 0o644, from: inFolder("jobs.js") }],
    });

    it("finds an unchanged image in the cache and rebuilds a changed or lost one", async () => {
      const first = await packImage(progress, ref, parts());
      assert.deepEqual(await packImage(progress, ref, parts()), first);
      assert.equal(titles.length, 1);

      writeFileSync(inFolder("jobs.js"), "2");
      const changed = await packImage(progress, ref, parts());
      assert.notEqual(changed.digest, first.digest);
      assert.equal(
        readFileSync(join(unpack(changed.archive), "oci-layout"), "utf8"),
        '{"imageLayoutVersion":"1.0.0"}',
      );

      rmSync(changed.archive);
      await packImage(progress, ref, parts());
      assert.ok(existsSync(changed.archive));
      assert.equal(titles.length, 3);
      assert.deepEqual(readdirSync(inFolder("cache/images")).sort(), [
        "jobs-0.1.0.tar",
        "jobs-0.1.0.tar.json",
      ]);
    });

    it("gives a build that returns to earlier inputs a digest no store has seen", async () => {
      const first = await packImage(progress, ref, parts());
      writeFileSync(inFolder("jobs.js"), "2");
      await packImage(progress, ref, parts());
      writeFileSync(inFolder("jobs.js"), "1");
      assert.notEqual((await packImage(progress, ref, parts())).digest, first.digest);
    });
  });

  describe("import", () => {
    const image = { ref: "ghcr.io/a/b:1", archive: "/cache/b.tar", digest: "sha256:new" };
    const storeOf = (names: string[], imported: string[]): ImageStore & { archives: string[] } => {
      const archives: string[] = [];
      return {
        archives,
        hasImage: ref => Promise.resolve(names.includes(ref)),
        importImage: archive => {
          archives.push(archive);
          names.push(...imported);
          return Promise.resolve();
        },
      };
    };
    const both = [image.ref, digestName(image.ref, image.digest)];

    it("leaves a store alone that has this build", async () => {
      const store = storeOf([...both], []);
      await importBuilt(progress, store, image);
      assert.deepEqual(store.archives, []);
    });

    it("replaces another build of the same name", async () => {
      const store = storeOf(["ghcr.io/a/b:1", "ghcr.io/a/b@sha256:old"], both);
      await importBuilt(progress, store, image);
      assert.deepEqual(store.archives, ["/cache/b.tar"]);
    });

    it("says so when the image is not there afterwards", async () => {
      await assert.rejects(
        importBuilt(progress, storeOf([], [image.ref]), image),
        /ghcr.io\/a\/b:1 is not in the node's image store/,
      );
    });
  });

  describe("recipe", () => {
    it("names the images it knows when it does not know one", async () => {
      await assert.rejects(
        imageParts(progress, "docker.io/library/nginx:1"),
        /"docker.io\/library\/nginx:1" cannot be built here; known are .*ghcr.io\/pulumi-cnpg\/jobs/,
      );
    });

    it("refuses an operand whose tag has no version, or one that Debian does not carry", async () => {
      await assert.rejects(
        imageParts(progress, "ghcr.io/cloudnative-pg/postgresql:latest"),
        /does not begin with a PostgreSQL version/,
      );
      await assert.rejects(
        imageParts(progress, "ghcr.io/cloudnative-pg/postgresql:16.15-standard-trixie"),
        /No Debian release carries PostgreSQL 16/,
      );
    });

    it("refuses another version of a program than the one that is built", async () => {
      await assert.rejects(
        imageParts(progress, "ghcr.io/cloudnative-pg/cloudnative-pg:1.29.0"),
        new RegExp(
          `cloudnative-pg:1.29.0 cannot be built here: this checkout is made of ${versions.cloudnativePg}`,
        ),
      );
      await assert.rejects(
        imageParts(progress, "ghcr.io/cloudnative-pg/plugin-barman-cloud-sidecar:v0.1.0"),
        /made of v/,
      );
    });

    it("has PgBouncer where CloudNativePG starts it, as the user it runs as, and says which it is", () => {
      const layer = { file: "f", mediaType: "m", digest: "d", diffId: "d", size: 1, serverVersion: "18.6" };
      const base = { ...layer, poolerVersion: "1.25.2" };
      const { config, own, note } = poolerParts(base, "1.25.2");
      assert.equal(config.user, "998:996");
      assert.deepEqual(
        own.map(entry => [entry.path, entry.type === "symlink" && entry.target]),
        [["usr/bin/pgbouncer", "../sbin/pgbouncer"]],
      );
      assert.equal(note, undefined);
      assert.match(poolerParts(base, "1.26.0").note ?? "", /tagged 1\.26\.0 holds PgBouncer 1\.25\.2/);
      assert.throws(() => poolerParts(layer, "1.25.2"), /holds no pgbouncer/);
      assert.ok(baseRecipe(18).packages.includes("pgbouncer"));
    });

    it("reads the version of a package as its makers count it", () => {
      const status =
        "Package: pgbouncer-tools\nVersion: 9.9\n\nPackage: pgbouncer\nStatus: ok\nVersion: 1.26.1-1\n";
      assert.equal(packageVersion(status, "pgbouncer"), "1.26.1");
      assert.equal(packageVersion(status, "postgresql-18"), undefined);
    });

    it("puts the server's programs first on PATH in every Debian image", () => {
      const dockerfile = readFileSync(join(projectDir(), "images", "jobs", "Dockerfile"), "utf8");
      assert.equal(/PATH=(\S+)/.exec(dockerfile)?.[1], debianConfig(18).env?.PATH);
      assert.equal(/^USER (\S+)/m.exec(dockerfile)?.[1], debianConfig(18).user);
    });

    it("has one well-formed package list with the client of the newest major", () => {
      const lines = readFileSync(baseRecipe(18).list, "utf8")
        .split("\n")
        .map(line => line.replace(/#.*/, "").trim().split(/\s+/))
        .filter(([name]) => name);
      const names = lines.map(([name]) => name);
      assert.equal(new Set(names).size, names.length);
      assert.ok(names.includes("postgresql-client-18"));
      for (const [name, ...paths] of lines) {
        assert.match(name ?? "", /^[a-z0-9][a-z0-9+.-]+$/);
        for (const path of paths) assert.match(path, /^(usr|etc)\//);
      }
      assert.ok(baseRecipe(18).packages.includes("postgresql-18"));
    });
  });

  describe("bundle of the jobs", () => {
    const script = join(projectDir(), "scripts", "bundle-jobs.mjs");

    it("is one file that needs no node_modules", () => {
      writeFileSync(
        inFolder("main.js"),
        `const pg = require(${JSON.stringify(require.resolve("pg"))}); console.log(typeof pg.Client, process.argv[2]);`,
      );
      execFileSync(process.execPath, [script, inFolder("main.js"), inFolder("jobs.js")]);
      rmSync(inFolder("main.js"));
      const output = execFileSync(process.execPath, [inFolder("jobs.js"), "settle"], {
        cwd: folder,
        encoding: "utf8",
      });
      assert.equal(output, "function settle\n");
    });

    it("asks for a compile when there is nothing to bundle", () => {
      assert.throws(
        () =>
          execFileSync(process.execPath, [script, inFolder("absent.js"), inFolder("jobs.js")], {
            stdio: "pipe",
          }),
        /absent.js is missing: compile first with "npm run build"/,
      );
    });
  });
});

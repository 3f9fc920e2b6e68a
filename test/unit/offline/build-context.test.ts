import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { digestContext, listContext } from "../../../offline/providers/docker/build-context";
import { check, TYPES } from "./stand-ins";

let folder: string;
let app: string;
let dockerfile: string;

function put(file: string, content: string): void {
  mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
  writeFileSync(path.join(folder, file), content);
}

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "context-"));
  app = path.join(folder, "app");
  dockerfile = path.join(folder, "Dockerfile");
  put("Dockerfile", "FROM scratch\n");
  put("app/main.py", "print()\n");
  put("app/data/a.csv", "1\n");
  put("app/data/keep.csv", "2\n");
  mkdirSync(path.join(app, "empty"));
});

afterEach(() => rmSync(folder, { recursive: true }));

async function paths(): Promise<string[]> {
  return (await listContext(app, dockerfile)).map((entry) => entry.path);
}

describe("a build context", () => {
  test("is everything in the folder, in a fixed order", async () => {
    expect(await paths()).toEqual(["data", "data/a.csv", "data/keep.csv", "empty", "main.py"]);
  });

  test("is without what .dockerignore names", async () => {
    put("app/.dockerignore", "# a comment\ndata/*\n!data/keep.csv\nempty\n");
    expect(await paths()).toEqual([".dockerignore", "data", "data/keep.csv", "main.py"]);
  });

  test("is without what the Dockerfile's own ignore file names, which wins", async () => {
    put("app/.dockerignore", "main.py\n");
    put("Dockerfile.dockerignore", "data\n");
    expect(await paths()).toEqual([".dockerignore", "empty", "main.py"]);
  });
});

describe("its digest", () => {
  test("stays the same when nothing but the time changes", async () => {
    const before = await digestContext(app, dockerfile);
    utimesSync(path.join(app, "main.py"), 1, 1);
    expect(await digestContext(app, dockerfile)).toBe(before);
    expect(before).toMatch(/^[0-9a-f]{64}$/);
  });

  test.each<[string, () => void]>([
    ["a content", () => put("app/main.py", "print(1)\n")],
    ["a mode", () => chmodSync(path.join(app, "main.py"), 0o755)],
    ["a name", () => put("app/other.py", "print()\n")],
    ["a link", () => symlinkSync("main.py", path.join(app, "link.py"))],
    ["a dead link", () => symlinkSync("nowhere", path.join(app, "link.py"))],
    ["the Dockerfile", () => put("Dockerfile", "FROM other\n")],
  ])("changes with %s", async (_, change) => {
    const before = await digestContext(app, dockerfile);
    change();
    expect(await digestContext(app, dockerfile)).not.toBe(before);
  });

  test("does not change with what is ignored", async () => {
    put("app/.dockerignore", "data\n");
    const before = await digestContext(app, dockerfile);
    put("app/data/a.csv", "changed\n");
    expect(await digestContext(app, dockerfile)).toBe(before);
  });
});

describe("an image's check", () => {
  test("adds the digest and the platform", async () => {
    const build = { context: app, dockerfile };
    const { inputs, faults } = await check(TYPES.image, { imageName: "a", skipPush: true, build });
    expect(faults).toEqual([]);
    expect(inputs.build).toEqual({
      ...build,
      contextDigest: await digestContext(app, dockerfile),
      platform: expect.stringMatching(/^linux\/(amd64|arm64)$/) as string,
    });
  });

  test("says which file is missing, and where it may be", async () => {
    const noContext = await check(TYPES.image, {
      imageName: "a",
      skipPush: true,
      build: { context: "/nowhere" },
    });
    expect(noContext.faults[0]).toContain('there is no folder "/nowhere"');
    put("app/Dockerfile", "FROM scratch\n");
    const build = { context: app, dockerfile: "Dockerfile" };
    const { faults } = await check(TYPES.image, { imageName: "a", skipPush: true, build });
    expect(faults[0]).toContain(`try "${path.join(app, "Dockerfile")}"`);
  });
});

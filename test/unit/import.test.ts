/** What a program pays for importing the package. */
import { exec } from "../../scripts/exec";
import * as path from "node:path";

const root = path.resolve(__dirname, "../..");

/** The packages of Pulumi that importing a module loads. */
async function loadedBy(module: string): Promise<string[]> {
  const program = `
    require(${JSON.stringify(path.join(root, module))});
    console.log(JSON.stringify(Object.keys(require.cache)));
  `;
  const { stdout } = await exec(process.execPath, ["--require", "tsx/cjs", "-e", program], { cwd: root });
  const files = JSON.parse(stdout) as string[];
  expect(files).toContain(path.join(root, module));
  const packages = files.flatMap((file) => /\/node_modules\/(@pulumi\/[^/]+)\//.exec(file)?.[1] ?? []);
  return [...new Set(packages)].sort();
}

const forDocker = ["@pulumi/docker", "@pulumi/pulumi", "@pulumi/random", "@pulumi/tls"];
/** Images are built by Docker. */
const forKubernetes = [...forDocker, "@pulumi/kubernetes"].sort();

describe("importing the package", () => {
  it("loads nothing of Pulumi: the spec is data", async () => {
    expect(await loadedBy("index.ts")).toEqual([]);
  }, 60_000);

  it("for Docker loads the SDKs that a site on Docker uses and no cloud's", async () => {
    expect(await loadedBy("components/docker/index.ts")).toEqual(forDocker);
  }, 60_000);

  it("for Kubernetes loads the SDKs that a site on Kubernetes uses and no cloud's", async () => {
    expect(await loadedBy("components/kubernetes/index.ts")).toEqual(forKubernetes);
  }, 60_000);

  it("for AWS loads the SDKs that a site on AWS uses and no other target's", async () => {
    expect(await loadedBy("components/aws/index.ts")).toEqual(["@pulumi/aws", ...forDocker]);
  }, 60_000);
});

describe("a program that imports the package and builds a site on Docker", () => {
  it("loads the SDKs that it uses and no cloud's", async () => {
    const { stdout } = await exec(process.execPath, [
      "--import",
      "tsx",
      path.join(__dirname, "import-program.ts"),
    ]);
    const { registered, loaded } = JSON.parse(stdout) as { registered: number; loaded: string[] };
    expect(registered).toBeGreaterThan(10);
    expect(loaded).toEqual(forDocker);
  }, 60_000);
});

/** What `npm pack` makes is what others install: it must be whole without this repository around it. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as ts from "typescript";
import { exec } from "../../scripts/exec";

const root = path.resolve(__dirname, "../..");

/** A folder with a program of somebody who has installed the package. */
let user: string;
/** What is in the package, by path. */
let packed: string[];

beforeAll(async () => {
  user = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "package-")));
  await exec("npm", ["pack", "--pack-destination", user], { cwd: root, seconds: 180 });
  const archive = fs.readdirSync(user).find((file) => file.endsWith(".tgz")) ?? "none";
  const modules = path.join(user, "node_modules");
  const installed = path.join(modules, "pulumi-streamlit-site");
  fs.mkdirSync(installed, { recursive: true });
  await exec("tar", ["xzf", path.join(user, archive), "-C", installed, "--strip-components=1"]);
  // What it depends on is where npm puts it: beside it.
  for (const name of fs.readdirSync(path.join(root, "node_modules")))
    fs.symlinkSync(path.join(root, "node_modules", name), path.join(modules, name));
  packed = fs
    .readdirSync(installed, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(installed, path.join(entry.parentPath, entry.name)));
}, 240_000);
afterAll(() => fs.rmSync(user, { recursive: true, force: true }));

/** What a program writes that runs where the package is installed. */
async function output(program: string): Promise<string> {
  const { stdout } = await exec("node", ["-e", program], { cwd: user });
  return stdout.trim();
}

test("the package can be imported on its own, with everything that its components read", async () => {
  const url = await output(`
    const pulumi = require("@pulumi/pulumi");
    pulumi.runtime.setMocks({
      newResource: ({ name, inputs }) => ({
        id: name,
        state: {
          ...inputs,
          ...{ result: "a-password-of-20-chars", base64: "AAAAAAAAAAAAAAAAAAAAAA==", hex: "00" },
          ...{ privateKeyPem: "key", certPem: "certificate" },
        },
      }),
      call: () => ({}),
    });
    const { DockerSite } = require("pulumi-streamlit-site/docker");
    const { KubernetesSite } = require("pulumi-streamlit-site/kubernetes");
    const spec = {
      host: "localhost",
      apps: { hello: { source: ${JSON.stringify(path.join(root, "apps", "live"))} } },
      auth: { basic: { generatedUsers: ["demo"] } },
    };
    const site = new DockerSite("packed", spec);
    const onCluster = new KubernetesSite("packed", {
      ...spec,
      expose: { loadBalancer: {} },
      registry: { address: "registry.example.com" },
    });
    pulumi.all([site.url, onCluster.url]).apply((urls) => console.log(urls.join(" ")));
  `);
  expect(url).toBe("https://localhost:8443 https://localhost");
  expect(packed).toContain("dist/index.d.ts");
  expect(packed).toContain("dist/components/streamlit/image/app.Dockerfile");
});

test("every file of the components that is not TypeScript is in the package", () => {
  const components = path.join(root, "components");
  const assets = fs
    .readdirSync(components, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith(".ts"))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)));
  expect(assets.length).toBeGreaterThan(3);
  expect(packed).toEqual(expect.arrayContaining(assets.map((asset) => `dist/${asset}`)));
  for (const asset of assets)
    expect(fs.readFileSync(path.join(user, "node_modules/pulumi-streamlit-site/dist", asset))).toEqual(
      fs.readFileSync(path.join(root, asset)),
    );
});

test("nothing but the entry of the package and one per target is for others", async () => {
  const exported = await output(`
    const names = (name) => Object.keys(require(name)).sort();
    const refused = (name) => { try { require(name); } catch (error) { return error.code; } };
    console.log(JSON.stringify([
      names("pulumi-streamlit-site"),
      names("pulumi-streamlit-site/docker"),
      names("pulumi-streamlit-site/kubernetes"),
      require("pulumi-streamlit-site/package.json").name,
      refused("pulumi-streamlit-site/dist/components/spec/check"),
    ]));
  `);
  expect(JSON.parse(exported)).toEqual([
    ["SiteSpecError", "defaultImages"],
    ["DockerSite"],
    ["KubernetesSite"],
    "pulumi-streamlit-site",
    "ERR_PACKAGE_PATH_NOT_EXPORTED",
  ]);
});

test.each([
  ["that know `exports`", ts.ModuleKind.Node16, ts.ModuleResolutionKind.Node16],
  ["that do not", ts.ModuleKind.CommonJS, ts.ModuleResolutionKind.Node10],
])("the types are found by resolvers %s", (_which, module, moduleResolution) => {
  const types = (name: string): string | undefined =>
    ts.resolveModuleName(name, path.join(user, "index.ts"), { module, moduleResolution }, ts.sys)
      .resolvedModule?.resolvedFileName;
  const dist = path.join(user, "node_modules/pulumi-streamlit-site/dist");
  expect(types("pulumi-streamlit-site")).toBe(path.join(dist, "index.d.ts"));
  for (const target of ["docker", "kubernetes"])
    expect(types(`pulumi-streamlit-site/${target}`)).toBe(path.join(dist, `components/${target}/index.d.ts`));
});

/** What `npm pack` makes is what others install: it must be whole without this repository around it. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { exec } from "../../scripts/exec";

const root = path.resolve(__dirname, "../..");

test("the package can be imported on its own, with everything that its components read", async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "package-"));
  try {
    await exec("npm", ["pack", "--pack-destination", folder], { cwd: root, seconds: 180 });
    const archive = fs.readdirSync(folder).find((file) => file.endsWith(".tgz")) ?? "none";
    await exec("tar", ["xzf", path.join(folder, archive), "-C", folder]);
    fs.symlinkSync(path.join(root, "node_modules"), path.join(folder, "node_modules"));

    const program = `
      const pulumi = require("@pulumi/pulumi");
      pulumi.runtime.setMocks({
        newResource: ({ name, inputs }) => ({
          id: name,
          state: { ...inputs, result: "a-password-of-20-chars", base64: "AAAAAAAAAAAAAAAAAAAAAA==", hex: "00" },
        }),
        call: () => ({}),
      });
      const { DockerSite } = require("./package");
      const site = new DockerSite("packed", {
        host: "localhost",
        apps: { hello: { source: ${JSON.stringify(path.join(root, "apps", "live"))} } },
        auth: { basic: { generatedUsers: ["demo"] } },
      });
      site.url.apply((url) => console.log(url));
    `;
    const result = await exec("node", ["-e", program], { cwd: folder });
    expect(result.stdout.trim()).toBe("https://localhost:8443");
    expect(fs.existsSync(path.join(folder, "package", "dist", "index.d.ts"))).toBe(true);
    expect(
      fs.existsSync(
        path.join(folder, "package", "dist", "components", "streamlit", "image", "app.Dockerfile"),
      ),
    ).toBe(true);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}, 240_000);

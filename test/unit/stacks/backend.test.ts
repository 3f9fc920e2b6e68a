import * as os from "node:os";
import * as path from "node:path";
import { root } from "../../../scripts/paths";
import { backendFolder, backendUrl } from "../../../stacks/backend";

describe("the backend", () => {
  it("is the checkout's own unless somebody says otherwise", () => {
    expect(backendUrl(undefined)).toBe(`file://${root}/.state?metadata=skip`);
    expect(backendFolder(undefined)).toBe(path.join(root, ".state"));
  });

  it("in a folder is seen from where the command was called, and has no files of attributes", () => {
    expect(backendUrl("file://./docs", root)).toBe(`file://${root}/docs?metadata=skip`);
    expect(backendUrl(`file://${os.tmpdir()}`, root)).toBe(`file://${os.tmpdir()}?metadata=skip`);
    expect(backendUrl("file://~", root)).toBe(`file://${os.homedir()}?metadata=skip`);
    expect(backendUrl("file://docs?no_tmp_dir=true", root)).toBe(`file://${root}/docs?no_tmp_dir=true`);
  });

  it("that is a service stays as it is", () => {
    expect(backendUrl("s3://states?region=eu-central-1")).toBe("s3://states?region=eu-central-1");
    expect(backendFolder("https://api.example.com")).toBeUndefined();
  });

  it("in a folder that is not there is refused in one line", () => {
    expect(() => backendUrl("file:///no/such/folder")).toThrow(
      /^PULUMI_BACKEND_URL is file:\/\/\/no\/such\/folder: there is no folder \/no\/such\/folder$/,
    );
  });
});

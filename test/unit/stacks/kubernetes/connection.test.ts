import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { dump } from "js-yaml";
import { ClusterClient } from "../../../../stacks/kubernetes/client";
import { inWords, openConnection } from "../../../../stacks/kubernetes/connection";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "kubeconfig-"));
const before = { ...process.env };
const config = (server: string, context = "one"): string =>
  dump({
    apiVersion: "v1",
    kind: "Config",
    "current-context": context,
    contexts: ["one", "two"].map((name) => ({ name, context: { cluster: name, user: "u" } })),
    clusters: ["one", "two"].map((name) => ({ name, cluster: { server: `${server}/${name}` } })),
    users: [{ name: "u", user: {} }],
  });
const file = (name: string, text: string): string => {
  fs.writeFileSync(path.join(folder, name), text);
  return path.join(folder, name);
};
const server = (...[settings, from = folder]: [Parameters<typeof openConnection>[0], string?]): string =>
  openConnection(settings, from).getCurrentCluster()?.server ?? "";

beforeEach(() => {
  // There is none here.
  jest.spyOn(jest.requireActual<typeof os>("node:os"), "homedir").mockReturnValue(folder);
  delete process.env.KUBECONFIG;
});
afterAll(() => {
  process.env = before;
  fs.rmSync(folder, { recursive: true });
});

describe("the cluster of a stack", () => {
  it("is that of the stack's own kubeconfig, as a path or as text, in the context that it names", () => {
    file("mine", config("https://mine"));
    process.env.KUBECONFIG = file("other", config("https://other"));
    expect(server({ kubeconfig: "mine" })).toBe("https://mine/one");
    expect(server({ kubeconfig: "~/mine" }, "/")).toBe("https://mine/one");
    expect(server({ kubeconfig: config("https://text"), context: "two" })).toBe("https://text/two");
    expect(server({ context: "two" })).toBe("https://other/two");
  });

  it("is that of KUBECONFIG, whose files count together, or of ~/.kube/config", () => {
    fs.mkdirSync(path.join(folder, ".kube"), { recursive: true });
    file(".kube/config", config("https://home"));
    expect(server({})).toBe("https://home/one");
    process.env.KUBECONFIG = [path.join(folder, "none"), file("first", config("https://first", "two"))].join(
      ":",
    );
    expect(server({})).toBe("https://first/two");
    fs.rmSync(path.join(folder, ".kube"), { recursive: true });
  });

  it.each<[string, () => Parameters<typeof openConnection>[0], RegExp]>([
    ["there is no kubeconfig", () => ({}), /^there is no kubeconfig: set KUBECONFIG .*kubernetes-local/],
    [
      "its file is not there",
      () => ({ kubeconfig: "no/such" }),
      /kubernetes:kubeconfig is no\/such: there is no file/,
    ],
    [
      "it has no such context",
      () => ({ kubeconfig: config("https://x"), context: "three" }),
      /no such context; there are one, two/,
    ],
    [
      "it chooses none",
      () => ({ kubeconfig: config("https://x", "") }),
      /kubernetes:context in the stack's file chooses one of one, two/,
    ],
    ["it is none", () => ({ kubeconfig: file("broken", "a: [") }), /broken cannot be read/],
    [
      "KUBECONFIG names nothing that is there",
      () => {
        process.env.KUBECONFIG = "/no/such:/nor/this";
        return {};
      },
      /^KUBECONFIG is \/no\/such:\/nor\/this: there is no such file/,
    ],
  ])("is an error when %s", (_when, settings, message) => {
    expect(() => openConnection(settings(), folder)).toThrow(message);
  });
});

describe("an API server that does not answer", () => {
  it("is said in words", async () => {
    const connection = openConnection({ kubeconfig: config("https://127.0.0.1:1") }, folder);
    await expect(new ClusterClient(connection).get("/version")).rejects.toThrow(
      "the API server https://127.0.0.1:1/one does not answer: the connection is refused: nothing listens there",
    );
  });

  it.each([
    ["ENOTFOUND", /name is not known/],
    ["ERR_TLS_CERT_ALTNAME_INVALID", /for another name/],
    ["ELSE", /does not answer: boo$/],
  ])("%s", (code, words) => {
    expect(inWords("https://x", Object.assign(new Error("boo"), { code }))).toMatch(words);
  });
});

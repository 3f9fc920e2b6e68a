/** The scripts that run on AWS, run here: what writes an app's files, what asks whether it answers, and the two functions. */
import * as fs from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { pathToFileURL } from "node:url";
import { volumeFolders, writeFiles } from "../../../components/aws/files";
import { containerDefinitions } from "../../../components/aws/task";
import { checkSite } from "../../../components/spec/check";
import { exec } from "../../../scripts/exec";

const components = path.resolve(__dirname, "../../../components/aws");

describe("what writes the files of an app", () => {
  let root: string;
  beforeEach(() => {
    root = fs.mkdtempSync(path.join(os.tmpdir(), "aws-files-"));
    for (const folder of Object.values(volumeFolders))
      fs.mkdirSync(path.join(root, folder), { recursive: true });
  });
  afterEach(() => {
    fs.chmodSync(path.join(root, volumeFolders.files), 0o755);
    fs.rmSync(root, { recursive: true });
  });

  const write = (environment: Record<string, string>): Promise<unknown> =>
    exec("python3", ["-I", "-S", "-c", writeFiles.replaceAll('"/site/', `"${root}/site/`)], {
      env: { PATH: process.env.PATH, ...environment },
    });
  const mode = (file: string): number => fs.statSync(path.join(root, file)).mode & 0o7777;

  it("writes what it is given, for others to read, and makes a folder that anybody may write to", async () => {
    await write({ CONFIG: "[server]\nport = 1\n", SECRETS: 'a = "é"\n' });
    expect(fs.readFileSync(path.join(root, "site/files/config.toml"), "utf8")).toBe("[server]\nport = 1\n");
    expect(fs.readFileSync(path.join(root, "site/files/secrets.toml"), "utf8")).toBe('a = "é"\n');
    expect([mode("site/files"), mode("site/files/secrets.toml"), mode("site/tmp")]).toEqual([
      0o555, 0o444, 0o1777,
    ]);
  });

  it("writes no secrets where there are none", async () => {
    await write({ CONFIG: "" });
    expect(fs.readdirSync(path.join(root, "site/files"))).toEqual(["config.toml"]);
  });
});

describe("what asks whether an app answers", () => {
  const site = checkSite(
    { host: "a.example.com", apps: { sales: { source: "a", route: "/sales" } }, auth: { cognito: {} } },
    "aws",
  );
  const [, app] = containerDefinitions(site.apps[0]!, {
    image: "a",
    config: "",
    secret: undefined,
    environment: {},
    proxies: [],
    logGroup: "a",
    region: "a",
  }) as { healthCheck: { command: string[] } }[];
  const [, program = "", ...args] = app!.healthCheck.command;

  it.each([
    ["ok", true],
    ["<html>", false],
  ])("takes %s for an answer: %s", async (answer, healthy) => {
    const asked: (string | undefined)[] = [];
    const server = http.createServer((request, response) => {
      asked.push(request.url);
      response.end(answer);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const result = await exec(
      program,
      args.map((text) => text.replace(":8501", `:${port}`)),
    ).then(
      () => true,
      () => false,
    );
    server.close();
    expect(result).toBe(healthy);
    expect(asked).toEqual(["/sales/_stcore/health"]);
  });
});

/** What a function answers to an event. */
async function call(file: string, environment: Record<string, string>, event: unknown): Promise<unknown> {
  const program = `
    import(${JSON.stringify(pathToFileURL(path.join(components, file)).href)})
      .then(({ handler }) => handler(${JSON.stringify(event)}))
      .then((answer) => console.log(JSON.stringify({ answer })), ({ message }) => console.log(JSON.stringify({ message })));`;
  const { stdout } = await exec(process.execPath, ["--eval", program], {
    env: { PATH: process.env.PATH, ...environment },
  });
  return JSON.parse(stdout);
}

describe("sign-out", () => {
  it("takes every cookie of the load balancer from the browser, and leads on", async () => {
    const location = "https://id.example.com/logout?client_id=a";
    const { answer } = (await call("sign-out.mjs", { LOCATION: location }, {})) as {
      answer: { statusCode: number; multiValueHeaders: Record<string, string[]> };
    };
    expect(answer.statusCode).toBe(302);
    expect(answer.multiValueHeaders.Location).toEqual([location]);
    expect(answer.multiValueHeaders["Set-Cookie"]).toHaveLength(4);
    for (const [index, cookie] of (answer.multiValueHeaders["Set-Cookie"] ?? []).entries())
      expect(cookie).toMatch(new RegExp(`^AWSELBAuthSessionCookie-${index}=; Max-Age=0; Path=/;`));
  });
});

describe("the check of emails", () => {
  const environment = { DOMAINS: "example.com,example.org" };
  const event = (triggerSource: string, userAttributes: Record<string, string>): unknown => ({
    triggerSource,
    request: { userAttributes },
    response: {},
  });
  const may = "This email may not sign in here.";
  const unverified = "This email has not been verified.";
  const saml = JSON.stringify([{ providerName: "adfs", providerType: "SAML" }]);
  const google = JSON.stringify([{ providerName: "Google", providerType: "Google" }]);

  it.each<[string, string, Record<string, string>, string | undefined]>([
    ["a new account of a domain", "PreSignUp_SignUp", { email: "a@Example.com" }, undefined],
    ["one of another", "PreSignUp_SignUp", { email: "a@evil.com" }, may],
    ["one of a subdomain", "PreSignUp_AdminCreateUser", { email: "a@x.example.com" }, may],
    ["one that ends alike", "PreSignUp_ExternalProvider", { email: "a@evilexample.com" }, may],
    ["one with two domains", "PreSignUp_SignUp", { email: "a@example.com@evil.com" }, may],
    ["one without an email", "PreSignUp_SignUp", {}, may],
    ["one whose email is a domain", "PreSignUp_SignUp", { email: "example.com" }, may],
    [
      "a sign-in",
      "TokenGeneration_HostedAuth",
      { email: "a@example.org", email_verified: "true" },
      undefined,
    ],
    [
      "one that is not verified",
      "TokenGeneration_HostedAuth",
      { email: "a@example.org", email_verified: "false" },
      unverified,
    ],
    ["one that says nothing", "TokenGeneration_RefreshTokens", { email: "a@example.org" }, unverified],
    [
      "one by Google that is not verified",
      "TokenGeneration_HostedAuth",
      { email: "a@example.org", identities: google },
      unverified,
    ],
    ["one by SAML", "TokenGeneration_HostedAuth", { email: "a@example.org", identities: saml }, undefined],
    [
      "one by SAML of another domain",
      "TokenGeneration_HostedAuth",
      { email: "a@evil.com", identities: saml },
      may,
    ],
  ])("has of %s this to say", async (_, source, attributes, message) => {
    const given = event(source, attributes);
    expect(await call("allow-email.mjs", environment, given)).toEqual(
      message === undefined ? { answer: given } : { message },
    );
  });
});

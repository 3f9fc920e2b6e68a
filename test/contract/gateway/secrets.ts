/** Contract 12: secrets are where they are needed and nowhere else. */
import type { Hidden } from "../sign-ins/sign-in";
import { appSecret } from "../support/apps";
import { sha256 } from "../support/sha256";
import type { ContractSite } from "../support/site";
import { StreamlitSession } from "../support/streamlit";

/** Register the tests. */
export function secrets(contract: ContractSite): void {
  const { target } = contract;
  let hidden: Hidden[];
  beforeAll(async () => {
    const key = await target.readFile("gateway", `${target.gatewayFolders.config}/tls.key`);
    hidden = [
      ...(await contract.signIn.hidden()),
      ["the private key", key.split("\n")[1] ?? ""],
      ["a private key", "PRIVATE KEY"],
      ["the app's secret", appSecret],
    ];
    for (const [, text] of hidden) expect(text.length).toBeGreaterThan(10);
  });

  /** What of it is found in a text, as it is, or as JSON or base64 have it. */
  const found = (text: string): string[] =>
    hidden
      .filter(([, secret]) =>
        [
          secret,
          JSON.stringify(secret).slice(1, -1),
          Buffer.from(secret)
            .toString("base64")
            .replace(/.{0,2}=*$/, ""),
        ].some((form) => text.includes(form)),
      )
      .map(([what]) => what);

  test("the search finds what is there", () => {
    expect(found(`x${appSecret}x`)).toEqual(["the app's secret"]);
    for (const [what, secret] of hidden) expect(found(JSON.stringify({ a: secret }))).toContain(what);
  });

  test("the app has its secret, and another app has not", async () => {
    const secretIn = async (app: string): Promise<string> => {
      const session = await StreamlitSession.open(contract.client, app, { user: "alice" });
      const { secret } = await session.page();
      await session.drop();
      return secret;
    };
    expect(await secretIn("/open")).toBe(sha256(appSecret));
    expect(await secretIn("/limited")).toBe(sha256("None"));
  });

  test("none is in what the target shows of the site", async () => {
    const shown = await target.describeParts();
    expect(Object.keys(shown).length).toBeGreaterThan((await target.parts()).length);
    for (const [name, text] of Object.entries(shown)) {
      expect([name, text.length > 10]).toEqual([name, true]);
      expect([name, found(text)]).toEqual([name, []]);
    }
  });

  test("none is in an environment, a command line or a log", async () => {
    for (const part of await target.parts()) {
      const { output } = await target.exec(
        part,
        "sh",
        "-c",
        "cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null; true",
      );
      expect([part, output.length > 100, found(output)]).toEqual([part, true, []]);
      expect([part, found(await target.log(part))]).toEqual([part, []]);
    }
  });

  test("none is in what the engine prints", () => {
    expect(target.said.length).toBeGreaterThan(100);
    expect(found(target.said)).toEqual([]);
  });

  test("none is in the state, neither in what is exported nor in any file of it", async () => {
    const { exported, files } = await target.state();
    expect(exported).toContain(target.project);
    expect(found(exported)).toEqual([]);
    expect(Object.keys(files).filter((file) => file.includes("stacks")).length).toBeGreaterThan(0);
    for (const [file, text] of Object.entries(files)) expect([file, found(text)]).toEqual([file, []]);
  });

  test("none is in the app's image, nor in a part's own files", async () => {
    const { output } = await target.exec(
      "open",
      "sh",
      "-c",
      `grep -rlF '${appSecret}' /app /etc /home /root /tmp /usr/local 2>/dev/null; true`,
    );
    // Kubernetes keeps what a file leads to in a folder beside it.
    expect(output.trim()).toMatch(/^\/app\/\.streamlit\/(\.\.[\d_.]+\/)?secrets\.toml$/);
  });
}

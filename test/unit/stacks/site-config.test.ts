/** What a stack's configuration keeps encrypted stays encrypted in its state. */
import * as os from "node:os";
import * as pulumi from "@pulumi/pulumi";
import type { AppArgs, SiteArgs } from "../../../components/spec/args";
import { SiteSpecError } from "../../../components/spec/errors";
import { dockerStack } from "../../../stacks/docker/program";
import { provided } from "../certificates";
import { plain, type Registered, run, shown } from "../mocks";

const app: AppArgs = { image: "example.com/an-image:1" };
const basic: SiteArgs = {
  host: "localhost",
  apps: { live: app },
  auth: { basic: { users: { anna: "password-in-configuration" } } },
};
const oidc: SiteArgs = {
  ...basic,
  auth: {
    oidc: {
      provider: "oidc",
      issuer: "https://id.example.com",
      clientId: "id-in-configuration",
      clientSecret: "secret-in-configuration",
      caCertificate: provided.certificate,
      network: "network-in-configuration",
    },
  },
};

/** A line of what is between the first and the last line of PEM. */
const lineOf = (pem: string): string => pem.split("\n")[2] ?? "";

/** What the stack's program registers. */
async function registered(site: unknown, secret: boolean): Promise<Registered[]> {
  const { registered } = await run(() => {
    pulumi.runtime.setAllConfig({ "shop:site": JSON.stringify(site) }, secret ? ["shop:site"] : []);
    return dockerStack();
  });
  return registered;
}
afterEach(() => pulumi.runtime.setAllConfig({}));

/** Does a value show in the inputs of what is registered? */
const has = (all: Registered[], as: (value: unknown) => unknown, value: string): boolean =>
  all.some(({ inputs }) => JSON.stringify(as(inputs)).includes(value));

const withApp = (changes: AppArgs): SiteArgs => ({ ...basic, apps: { live: { ...app, ...changes } } });

describe("of a configuration with a secret in it", () => {
  test.each<[string, string, SiteArgs]>([
    ["apps.live.image", "example.com/an-image:1", basic],
    [
      "apps.live.environment",
      "in-the-environment",
      withApp({ environment: { TOKEN: "in-the-environment" } }),
    ],
    ["apps.live.secrets", "in-the-secrets", withApp({ secrets: { TOKEN: "in-the-secrets" } })],
    [
      "apps.live.secrets, nested",
      "in-the-secrets",
      withApp({ secrets: { a: { b: { TOKEN: "in-the-secrets" } } } as never }),
    ],
    ["apps.live.secrets, a number", "987654321", withApp({ secrets: { a: { b: 987654321 } } as never })],
    ["auth.oidc.clientId", "id-in-configuration", oidc],
    ["auth.oidc.clientSecret", "secret-in-configuration", oidc],
    ["auth.oidc.caCertificate", lineOf(provided.certificate), oidc],
    ["auth.oidc.network", "network-in-configuration", oidc],
    ["tls.provided.certificate", lineOf(provided.certificate), { ...basic, tls: { provided } }],
    ["tls.provided.privateKey", lineOf(provided.privateKey), { ...basic, tls: { provided } }],
  ])("%s is a secret in the state", async (_field, value, site) => {
    const all = await registered(site, true);
    expect(has(all, shown, value)).toBe(false);
    expect(has(all, plain, value)).toBe(true);
  });

  // Nothing but its hash is registered.
  test("auth.basic.users is nowhere in the state", async () => {
    const all = await registered(basic, true);
    expect(has(all, plain, "password-in-configuration")).toBe(false);
    expect(has(all, plain, "anna:$2y$")).toBe(true);
    expect(has(all, shown, "anna:$2y$")).toBe(false);
  });

  test("the environment of a container is marked as a whole", async () => {
    const all = await registered(withApp({ environment: { TOKEN: "in-the-environment" } }), true);
    const envs = all.find(({ type, name }) => type.endsWith(":Container") && name === "site-live")?.inputs
      .envs;
    // How a value is marked: https://www.pulumi.com/docs/iac/concepts/secrets
    expect(envs).toEqual({
      "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
      value: ["HOME=/tmp", "FORWARDED_ALLOW_IPS=*", "TOKEN=in-the-environment"],
    });
  });

  test("everything else is as without", async () => {
    const without = new Map(
      (await registered(oidc, false)).map((part) => [`${part.type} ${part.name}`, part]),
    );
    const all = await registered(oidc, true);
    expect(all).toHaveLength(without.size);
    for (const { type, name, inputs } of all)
      expect(plain(inputs)).toEqual(plain(without.get(`${type} ${name}`)?.inputs));
  });

  test("a wrong one is refused with every fault, also of what is secret, before anything is registered", async () => {
    const wrong = {
      ...basic,
      titel: "a",
      apps: { live: { image: "An Image" }, other: { source: os.devNull } },
      auth: { basic: { users: { anna: "short" } } },
    };
    let error: unknown;
    const { registered } = await run(() => {
      pulumi.runtime.setAllConfig({ "shop:site": JSON.stringify(wrong) }, ["shop:site"]);
      try {
        dockerStack();
      } catch (thrown) {
        error = thrown;
      }
    });
    expect(error).toBeInstanceOf(SiteSpecError);
    expect((error as SiteSpecError).faults.map(({ path }) => path).sort()).toEqual([
      "apps.live.image",
      "apps.other.source",
      "auth.basic.users.anna",
      "titel",
    ]);
    expect(registered).toEqual([]);
  });
});

test("of a configuration without a secret, what is no secret stays readable", async () => {
  const all = await registered(withApp({ environment: { REGION: "in-the-environment" } }), false);
  expect(has(all, shown, "REGION=in-the-environment")).toBe(true);
  expect(has(all, shown, "example.com/an-image:1")).toBe(true);
});

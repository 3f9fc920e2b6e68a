import { plainSecrets, plainSecretsWarning } from "../../../stacks/plain-secrets";
import { pathText, secretField } from "../../../stacks/secret-path";

const hash = `$2y$11$${"a".repeat(53)}`;
const spec = {
  host: "localhost",
  apps: {
    sales: {
      source: "../apps/sales",
      environment: { REGION: "eu" },
      secrets: {
        DB_PASSWORD: "hunter2",
        PIN: 1234,
        SAFE: { secure: "v1:…" },
        EMPTY: "",
        connections: { warehouse: { url: "sqlite://" } },
      },
    },
    other: { source: "../apps/other" },
  },
  auth: {
    basic: {
      users: {
        ceo: "a long enough password",
        jane: hash,
        "j.doe@example.com": "another one of them",
        joe: { secure: "v1:…" },
      },
    },
    oidc: { clientId: "site", clientSecret: "s3cret" },
  },
  tls: {
    provided: { certificate: "-----BEGIN CERTIFICATE-----", privateKey: "-----BEGIN PRIVATE KEY-----" },
  },
};

const plain = [
  ["apps", "sales", "secrets", "DB_PASSWORD"],
  ["apps", "sales", "secrets", "PIN"],
  ["apps", "sales", "secrets", "connections", "warehouse", "url"],
  ["auth", "basic", "users", "ceo"],
  ["auth", "basic", "users", "j.doe@example.com"],
  ["auth", "oidc", "clientSecret"],
  ["tls", "provided", "privateKey"],
];

test("the secrets in plain text are found, and neither hashes nor what is encrypted or no secret", () => {
  expect(plainSecrets(spec)).toEqual(plain);
});

test("each is told with the command that encrypts it, and none with its value", () => {
  const file = { file: "stacks/Pulumi.prod.yaml", name: { project: "streamlit-site", stack: "prod" }, spec };
  expect(plainSecretsWarning(file))
    .toBe(`warning: stacks/Pulumi.prod.yaml has secrets that anybody can read who reads the file. Encrypt each, and change what others have seen:
  npm run secret -- apps.sales.secrets.DB_PASSWORD --stack prod
  npm run secret -- apps.sales.secrets.PIN --stack prod
  npm run secret -- apps.sales.secrets.connections.warehouse.url --stack prod   (then take the plain one out of the file)
  npm run secret -- auth.basic.users.ceo --stack prod
  npm run secret -- auth.basic.users.j.doe@example.com --stack prod
  npm run secret -- auth.oidc.clientSecret --stack prod
  npm run secret -- tls.provided.privateKey --stack prod`);
});

test("the command takes each by the name that it is told with", () => {
  for (const path of plain) expect(secretField(path.join("."), spec).join(".")).toBe(path.join("."));
  const odd = { apps: { sales: { secrets: { "my key's": "x" } } } };
  const file = { file: "f", name: { project: "p", stack: "dev" }, spec: odd };
  expect(plainSecretsWarning(file)).toContain(`npm run secret -- 'apps.sales.secrets["my key'\\''s"]'`);
  expect(secretField(pathText(["apps", "sales", "secrets", "my key's"]), odd)).toEqual([
    "apps",
    "sales",
    "secrets",
    "my key's",
  ]);
});

test("nothing is said where there are none, in a file of any shape", () => {
  for (const nothing of [
    undefined,
    null,
    "text",
    1,
    [],
    {},
    { apps: null },
    { auth: { basic: { users: { a: hash } } } },
  ])
    expect(
      plainSecretsWarning({ file: "f", name: { project: "p", stack: "dev" }, spec: nothing }),
    ).toBeUndefined();
});

import * as fc from "fast-check";
import {
  encryptedFields,
  pathText,
  secretFaults,
  secretField,
  secretFields,
} from "../../../stacks/secret-path";

const spec = { apps: { sales: {}, "data-explorer": {} } };

test.each([
  ["apps.sales.secrets.DB_PASSWORD", ["apps", "sales", "secrets", "DB_PASSWORD"]],
  ["sales.DB_PASSWORD", ["apps", "sales", "secrets", "DB_PASSWORD"]],
  ["data-explorer.KEY", ["apps", "data-explorer", "secrets", "KEY"]],
  ["apps.sales.environment.TOKEN", ["apps", "sales", "environment", "TOKEN"]],
  ["auth.basic.users.demo", ["auth", "basic", "users", "demo"]],
  ["auth.basic.users.jane.doe", ["auth", "basic", "users", "jane.doe"]],
  ['auth.basic.users["jane.doe"]', ["auth", "basic", "users", "jane.doe"]],
  ['auth.basic.users["a@b.c"]', ["auth", "basic", "users", "a@b.c"]],
  ["auth.oidc.clientSecret", ["auth", "oidc", "clientSecret"]],
  ["tls.provided.privateKey", ["tls", "provided", "privateKey"]],
])("%s", (text, path) => {
  expect(secretField(text, spec)).toEqual(path);
});

test.each([
  ["apps.nobody.secrets.KEY", "there is no app nobody in the stack's file; there are sales, data-explorer"],
  [
    "nobody.KEY",
    "nobody.KEY: nobody is no field of the spec and no app of the stack's file, which has sales, data-explorer",
  ],
  ["sales", "sales: sales is no field of the spec and no app"],
  ["apps.sales.title", "apps.sales.title is no field that can be secret; those are:\n"],
  ["apps.sales.secret.KEY", "apps.sales.secret is no field of the spec"],
  ["auth.oidc.clientSecret.more", "auth.oidc.clientSecret has nothing below it"],
  ["auth.basic.generatedUsers", "auth.basic.generatedUsers is no field that can be secret"],
  ["auth.accounts.key", "auth.accounts.key is no field of the spec"],
  ["host", "host is no field that can be secret"],
  ["", " is no path"],
  [".", ". is no path"],
  ["apps..secrets", "apps..secrets is no path"],
  ["apps.sales.", "apps.sales. is no path"],
  ['apps.sales.secrets["KEY', "is no path"],
  ["apps.sales.secrets[KEY]", "is no path"],
  ["__proto__.x", "is no field of the spec and no app"],
])("%j is refused", (text, message) => {
  expect(() => secretField(text, spec)).toThrow(message);
});

test("every field that may be secret is found by its name", () => {
  const fields = secretFields();
  expect(fields).toEqual(
    expect.arrayContaining([
      "apps.<name>.secrets.<name>",
      "auth.basic.users.<name>",
      "auth.oidc.clientSecret",
      "tls.provided.privateKey",
    ]),
  );
  for (const field of fields) {
    const text = field.replace("apps.<name>", "apps.sales").replace("<name>", "KEY");
    expect(pathText(secretField(text, spec))).toBe(text);
  }
});

test("a name with any characters that a path can have goes there and back", () => {
  const name = fc.string({ minLength: 1, maxLength: 40 }).filter((text) => !/["\\]/.test(text));
  fc.assert(
    fc.property(name, (key) => {
      const path = ["apps", "sales", "secrets", key];
      expect(secretField(pathText(path), spec)).toEqual(path);
    }),
  );
});

test("a value is checked as the spec checks it, and so is its name", () => {
  expect(secretFaults(["auth", "basic", "users", "demo"], "a long enough password")).toEqual([]);
  expect(secretFaults(["auth", "basic", "users", "demo"], "short")).toEqual([
    "a password needs at least 12 characters",
  ]);
  expect(secretFaults(["auth", "basic", "users", "a b"], "a long enough password")).toEqual([
    expect.stringContaining("a user name has"),
  ]);
  expect(secretFaults(["apps", "sales", "environment", "1X"], "value")).toEqual([
    expect.stringContaining("the name of an environment variable"),
  ]);
  expect(secretFaults(["apps", "sales", "secrets", "KEY"], "anything\nat all")).toEqual([]);
});

test("the encrypted fields of a file", () => {
  expect(
    encryptedFields({
      host: "localhost",
      apps: {
        sales: { secrets: { A: { secure: "v1:…" }, b: "plain" }, environment: { "A.B": { secure: "v1:…" } } },
      },
    }).map(pathText),
  ).toEqual(["apps.sales.secrets.A", 'apps.sales.environment["A.B"]']);
  for (const nothing of [undefined, null, "text", 1, {}, []]) expect(encryptedFields(nothing)).toEqual([]);
});

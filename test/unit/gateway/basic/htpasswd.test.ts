/** The password file. */
import bcrypt from "bcryptjs";
import { bcryptHash, htpasswd, nobodysCredentials } from "../../../../components/gateway/basic/htpasswd";

const salt = Buffer.from("000102030405060708090a0b0c0d0e0f", "hex");
const password = "correct horse battery";

describe("a password", () => {
  const hash = bcryptHash(password, salt);

  it("becomes a bcrypt hash that verifies it and no other", () => {
    expect(hash).toMatch(/^\$2y\$1[0-2]\$[./A-Za-z0-9]{53}$/);
    expect(bcrypt.compareSync(password, hash)).toBe(true);
    expect(bcrypt.compareSync(`${password}!`, hash)).toBe(false);
  });

  it("has the same hash at every up, and another with another salt", () => {
    expect(bcryptHash(password, salt)).toBe(hash);
    expect(bcryptHash(password, Buffer.alloc(16, 1))).not.toBe(hash);
  });
});

describe("a hash", () => {
  it.each(["2a", "2b", "2y"])(
    "with the prefix $%s$ is passed on with the one that crypt(3) takes",
    (kind) => {
      const rest = `$12$${"./aA0".repeat(11).slice(0, 53)}`;
      expect(bcryptHash(`$${kind}${rest}`, salt)).toBe(`$2y${rest}`);
    },
  );
});

describe("the password file", () => {
  const hashes = (...costs: number[]): Record<string, string> =>
    Object.fromEntries(costs.map((cost, index) => [`user-${index}`, bcrypt.hashSync(password, cost)]));

  it("has a line for each user, and one for nobody", () => {
    expect(htpasswd({ anna: "$2y$11$a", "ben@example.com": "$2y$11$b" })).toBe(
      `anna:$2y$11$a\nben@example.com:$2y$11$b\n*:$2y$11$${".".repeat(53)}\n`,
    );
  });

  it.each([
    ["one cost", [10], "10"],
    ["what most have", [10, 11, 11], "11"],
    ["what most have, the dearest first", [12, 10, 10], "10"],
  ])("has a hash for nobody that costs as much as the others: %s", (_, costs, expected) => {
    const nobodys = /^\*:(.*)$/m.exec(htpasswd(hashes(...costs)))?.[1] ?? "";
    expect(nobodys.slice(0, 7)).toBe(`$2y$${expected}$`);
    expect(nobodysCredentials).toBe(`Basic ${Buffer.from("*:x").toString("base64")}`);
    expect(bcrypt.compareSync("x", nobodys)).toBe(false);
    // No salt makes bcrypt give up early: the same setting hashes any password.
    expect(bcrypt.hashSync("x", nobodys.slice(0, 29).replace("2y", "2b"))).toHaveLength(60);
  });
});

/** The password file. */
import bcrypt from "bcryptjs";
import { bcryptHash, htpasswd } from "../../../../components/gateway/basic/htpasswd";

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
  it("has a line for each user", () => {
    expect(htpasswd({ anna: "$2y$a", "ben@example.com": "$2y$b" })).toBe(
      "anna:$2y$a\nben@example.com:$2y$b\n",
    );
  });
});

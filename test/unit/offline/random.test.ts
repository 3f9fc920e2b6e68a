import { compare } from "bcryptjs";

import { type Props, reveal, secret } from "../../../offline/providers/shared/values";
import { check, create, TYPES } from "./stand-ins";

async function password(inputs: Props): Promise<string> {
  const { outs } = await create(TYPES.password, inputs);
  return reveal(outs.result) as string;
}

describe("a password", () => {
  test("comes with its hash, both secret", async () => {
    const { id, outs } = await create(TYPES.password, { length: 24 });
    expect(id).toBe("none");
    const { result, bcryptHash } = reveal(outs) as Record<string, string>;
    expect(outs).toMatchObject({
      result: secret(result),
      bcryptHash: secret(bcryptHash),
      length: 24,
      upper: true,
    });
    expect(bcryptHash).toMatch(/^\$2a\$10\$/);
    expect(await compare(result!, bcryptHash!)).toBe(true);
  });

  test("is made of what is allowed", async () => {
    expect(await password({ length: 200, special: false })).toMatch(/^[a-zA-Z0-9]{200}$/);
    const letters = { length: 200, special: false, numeric: false, upper: false };
    expect(await password(letters)).toMatch(/^[a-z]{200}$/);
    const special = { length: 50, lower: false, upper: false, number: false, overrideSpecial: "_%" };
    expect(await password(special)).toMatch(/^[_%]{50}$/);
  });

  test("has at least what is asked for", async () => {
    for (let i = 0; i < 3; i++) {
      const result = await password({ length: 8, minLower: 2, minUpper: 2, minNumeric: 2, minSpecial: 2 });
      expect(result.match(/[a-z]/g)).toHaveLength(2);
      expect(result.match(/[A-Z]/g)).toHaveLength(2);
      expect(result.match(/[0-9]/g)).toHaveLength(2);
    }
  });

  test("that cannot be is refused", async () => {
    expect((await check(TYPES.password, { length: 3, minLower: 2, minUpper: 2 })).faults).toHaveLength(1);
    const nothing = { length: 3, lower: false, upper: false, numeric: false, special: false };
    expect((await check(TYPES.password, nothing)).faults).toHaveLength(1);
  });
});

test("random bytes are secret, and the same in both notations", async () => {
  const { outs } = await create(TYPES.bytes, { length: 32 });
  const { base64, hex } = reveal(outs) as Record<string, string>;
  expect(outs).toEqual({ length: 32, base64: secret(base64), hex: secret(hex) });
  expect(Buffer.from(base64!, "base64").toString("hex")).toBe(hex);
  expect(hex).toHaveLength(64);
});

test("a random id is the same in all notations, with its prefix", async () => {
  const { id, outs } = await create(TYPES.id, { byteLength: 4, prefix: "p-" });
  const bytes = Buffer.from(id, "base64url");
  expect(outs).toEqual({
    byteLength: 4,
    prefix: "p-",
    b64Url: `p-${id}`,
    b64Std: `p-${bytes.toString("base64")}`,
    hex: `p-${bytes.toString("hex")}`,
    dec: `p-${bytes.readUInt32BE()}`,
  });
});

/** The password file of `auth.basic`. */
import bcrypt from "bcryptjs";
import { isBcryptHash } from "../../spec/schema";
import { type NamedFile, secretFile } from "../files";

/**
 * How much work one guess costs: 2^11 rounds, about a tenth of a second. One is checked after the other, hence no more;
 * a check that succeeded is remembered, so that people do not feel it.
 */
const bcryptCost = 11;

/** The name of the password file. */
export const passwordFileName = "htpasswd";

/**
 * The bcrypt hash of a password, or the value itself when it is a hash already.
 *
 * The salt is given, so that the same password has the same hash at every `up` and nothing is replaced for it.
 *
 * @param passwordOrHash as in `auth.basic.users`
 * @param salt 16 random bytes of this user
 * @returns a hash with the prefix `$2y$`, which every crypt(3) that knows bcrypt takes
 */
export function bcryptHash(passwordOrHash: string, salt: Uint8Array): string {
  const hash = isBcryptHash(passwordOrHash)
    ? passwordOrHash
    : bcrypt.hashSync(passwordOrHash, `$2b$${bcryptCost}$${bcrypt.encodeBase64(salt, 16)}`);
  return hash.replace(/^\$2[aby]\$/, "$2y$");
}

/** Whose credentials are checked in place of those of a name that nobody has. No user can have this name. */
const nobody = "*";

/** The value of `Authorization` for {@link nobody}. The password does not matter: none fits the hash. */
export const nobodysCredentials = `Basic ${Buffer.from(`${nobody}:x`).toString("base64")}`;

/** A hash that is no password's, because that would have to come out as zeros. Checking it costs as much as most of the others. */
function nobodysHash(hashes: string[]): string {
  const costs = hashes.map((hash) => hash.slice(4, 6));
  const count = (cost: string): number => costs.filter((other) => other === cost).length;
  const [most = String(bcryptCost)] = costs.toSorted((a, b) => count(b) - count(a));
  return `$2y$${most}$${".".repeat(22 + 31)}`;
}

/**
 * The text of the password file, as `auth_basic_user_file` reads it: one line for each user, and one for nobody, whose password is
 * checked in place of that of a name that is not there.
 *
 * @param hashes user name → bcrypt hash
 */
export function htpasswd(hashes: Record<string, string>): string {
  return Object.entries({ ...hashes, [nobody]: nobodysHash(Object.values(hashes)) })
    .map(([user, hash]) => `${user}:${hash}\n`)
    .join("");
}

/**
 * The password file, to be put among the gateway's files.
 *
 * @param text what {@link htpasswd} gives
 */
export function passwordFile<Text>(text: Text): NamedFile<Text> {
  return secretFile(passwordFileName, text);
}

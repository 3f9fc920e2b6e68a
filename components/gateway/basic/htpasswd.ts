/** The password file of `auth.basic`. */
import bcrypt from "bcryptjs";
import { isBcryptHash } from "../../spec/schema";
import { type NamedFile, secretFile } from "../files";

/**
 * How much work one guess costs: 2^11 rounds, about a tenth of a second. nginx computes it in its worker, hence no more;
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

/**
 * The text of the password file, as `auth_basic_user_file` reads it.
 *
 * @param hashes user name → bcrypt hash
 */
export function htpasswd(hashes: Record<string, string>): string {
  return Object.entries(hashes)
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

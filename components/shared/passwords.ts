import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { bcryptHash, htpasswd } from "../gateway/basic/htpasswd";
import type { BasicAuth } from "../spec/site";

/** The users of `auth.basic`. */
export interface Passwords {
  /** The gateway's password file; secret. */
  htpasswd: pulumi.Output<string>;
  /** The passwords that were made here, by user name; secret. */
  generated: pulumi.Output<Record<string, string>>;
}

/**
 * The name of the resource that makes a user's password.
 *
 * @param name the start of the names of the resources
 * @param user the name of the user
 */
export function passwordResource(name: string, user: string): string {
  return `${name}-${user}`;
}

/**
 * Make the passwords that are to be made, and hash all of them.
 *
 * @param name the start of the names of the resources
 * @param auth `auth.basic` of a checked spec
 * @param opts the options of the resources
 */
export function sitePasswords(name: string, auth: BasicAuth, opts: pulumi.CustomResourceOptions): Passwords {
  const generated = Object.fromEntries(
    auth.generatedUsers.map((user) => [
      user,
      new random.RandomPassword(passwordResource(name, user), { length: 20, special: false }, opts).result,
    ]),
  );
  const hashes = Object.entries({ ...auth.users, ...generated }).map(([user, password]) => {
    const salt = new random.RandomBytes(`${name}-${user}-salt`, { length: 16 }, opts);
    return pulumi
      .all([pulumi.secret(password), salt.base64])
      .apply(([plain, base64]) => [user, bcryptHash(plain, Buffer.from(base64, "base64"))] as const);
  });
  return {
    htpasswd: pulumi.secret(pulumi.all(hashes).apply((entries) => htpasswd(Object.fromEntries(entries)))),
    generated: pulumi.secret(pulumi.output(generated)),
  };
}

/** The kinds of sign-in. A new one is a folder beside `basic` and `oidc`, and a line here. */
import type { Site } from "../spec/site";
import { basicSignIn } from "./basic/sign-in";
import { oidcSignIn } from "./oidc/sign-in";
import type { GatewayPlatform } from "./platform";
import type { SignIn, SignInKind } from "./sign-in";

type Auth = Site["auth"];

/** By the key under `auth`, how its sign-in is made. */
export const signInKinds: { [Kind in keyof Auth]-?: SignInKind<NonNullable<Auth[Kind]>> } = {
  basic: basicSignIn,
  oidc: oidcSignIn,
};

/** The sign-in of a site: that of the one key under its `auth`. */
export function signInOf(site: Site, platform: GatewayPlatform): SignIn {
  for (const [kind, make] of Object.entries(signInKinds)) {
    const settings = site.auth[kind as keyof Auth];
    if (settings !== undefined) return (make as SignInKind<unknown>)(site, settings, platform);
  }
  throw new Error(`no kind of sign-in is called ${Object.keys(site.auth).join(" or ")}`);
}

/** The public paths of `auth.oidc`. */

/** Where the provider sends people back to. */
export const callbackPath = "/oauth2/callback";

/** Where people sign out. */
export const signOutPath = "/oauth2/sign_out";

/** The page that people see when they have signed out. */
export const signedOutPath = "/oauth2/signed_out";

/** The site's path that sends people on to a host of an app's own, once they are signed in at the site's. */
export const appSignInPath = "/oauth2/app";

/** The path of an app's own host to which they come from there. */
export const signedInPath = "/oauth2/signed_in";

/** The page of both for those for whom that did not work. */
export const notSignedInPath = "/oauth2/not_signed_in";

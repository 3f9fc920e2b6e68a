/** The public paths of `auth.oidc`. */

/** Where the provider sends people back to. */
export const callbackPath = "/oauth2/callback";

/** Where people sign out. */
export const signOutPath = "/oauth2/sign_out";

/** The page that people see when they have signed out. */
export const signedOutPath = "/oauth2/signed_out";

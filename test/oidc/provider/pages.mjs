// The provider's pages. They load nothing, not even an icon: there may be no network.

/** The form to sign in with. */
export function signInPage(problem = "") {
  return page(
    "Sign in",
    `${problem && `<p role="alert">${problem}</p>`}
    <form method="post">
      <p><label>User <input name="login" autocomplete="off" required autofocus></label></p>
      <p><label>Password <input name="password" type="password" autocomplete="off" required></label></p>
      <button>Sign in</button>
    </form>`,
  );
}

/**
 * Ends the session.
 *
 * @param form the library's form, which has an id and no button
 * @param ask whether to wait until the button is pressed
 */
export function signOutPage(form, ask) {
  const complete = form.replace(
    "</form>",
    `<input type="hidden" name="logout" value="yes"><button>Sign out</button></form>`,
  );
  return page("Sign out", ask ? complete : `${complete}<script>document.forms[0].submit()</script>`);
}

/** Says that the session has ended. */
export function signedOutPage() {
  return page("Signed out", "");
}

function page(title, content) {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width">
    <link rel="icon" href="data:,">
    <title>${title}</title>
  </head>
  <body>
    <h1>${title}</h1>
    ${content}
  </body>
</html>
`;
}

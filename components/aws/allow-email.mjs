// Refuses, at sign-up and at each sign-in, whoever has no verified email of an allowed domain. Cognito calls it before it makes an account
// (`PreSignUp_…`) and before it gives tokens (`TokenGeneration_…`), and shows the message to whom it refuses.

const domains = (process.env.DOMAINS ?? "").split(",");

/** Is it a SAML provider who says the email? It has no word for whether that was verified; it is the organisation's own. */
function isFromSaml({ identities = "[]" }) {
  return JSON.parse(identities).some(({ providerType }) => providerType === "SAML");
}

export async function handler(event) {
  const attributes = event.request.userAttributes;
  const email = attributes.email ?? "";
  const domain = email.slice(email.lastIndexOf("@") + 1).toLowerCase();
  if (!email.includes("@") || !domains.includes(domain)) throw new Error("This email may not sign in here.");
  const isNew = event.triggerSource.startsWith("PreSignUp_");
  if (!isNew && attributes.email_verified !== "true" && !isFromSaml(attributes))
    throw new Error("This email has not been verified.");
  return event;
}

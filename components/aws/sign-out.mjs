// Takes the load balancer's cookies from the browser, which the load balancer itself has no rule for, and leads to where the provider ends
// its own session. Whoever has a copy of the cookies goes on until they end by themselves.

const { LOCATION: location } = process.env;

/** The load balancer splits what is too long for one cookie, over four at most. */
const cookies = [0, 1, 2, 3].map(
  (part) => `AWSELBAuthSessionCookie-${part}=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax`,
);

export async function handler() {
  return {
    statusCode: 302,
    statusDescription: "302 Found",
    multiValueHeaders: { "Set-Cookie": cookies, Location: [location], "Cache-Control": ["no-store"] },
    body: "",
  };
}

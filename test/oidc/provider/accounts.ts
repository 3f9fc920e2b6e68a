/** The people whom the test identity provider knows. */

/** One of them, as the claims about them; `sub` is the name that they sign in with. */
export interface Account {
  sub: string;
  email: string;
  email_verified: boolean;
  name: string;
  preferred_username: string;
  groups?: string[];
}

/** Everybody's password. */
export const password = "the password of everybody";

const everybody: Account[] = [
  account("alice", { name: "Alice Archer", groups: ["staff", "finance"] }),
  account("bob", { groups: ["staff"] }),
  account("carol", { email: "carol@other.test", groups: ["staff"] }),
  account("jose", {
    preferred_username: "josé",
    name: "José Ñandú 漢字",
    groups: ["staff", "küche"],
  }),
  account("many", {
    groups: Array.from(
      { length: 200 },
      (_, index) => `group-${String(index).padStart(3, "0")}`.padEnd(20, "-x"), // As long as real names are.
    ),
  }),
  account("unverified", { email_verified: false, groups: ["staff"] }),
  // One group whose name has a comma, not two.
  account("comma", { groups: ["x,finance"] }),
  account("nogroups", {}),
];

/** All of them by the name that they sign in with. */
export const accounts: Readonly<Record<string, Account>> = Object.fromEntries(
  everybody.map((one) => [one.sub, one]),
);

function account(sub: string, claims: Partial<Account>): Account {
  return {
    sub,
    email: `${sub}@example.com`,
    email_verified: true,
    name: sub.replace(/^./, (first) => first.toUpperCase()),
    preferred_username: sub,
    ...claims,
  };
}

/** What every kind of sign-in has to hold: the gateway contract but for the sign-in itself. */
import type { ContractSignIn } from "../sign-ins/sign-in";
import type { ContractSite } from "../support/site";
import { appHeaders } from "./app-headers";
import { assets } from "./assets";
import { connections } from "./connections";
import { embed } from "./embed";
import { guestLists } from "./guest-lists";
import { hosts } from "./hosts";
import { identity } from "./identity";
import { isolation } from "./isolation";
import { ownHosts } from "./own-hosts";
import { paths } from "./paths";
import { secrets } from "./secrets";
import { Silence } from "./silence";
import { slow } from "./slow";
import { transport } from "./tls";
import { uploads } from "./uploads";
import { websocket } from "./websocket";

/** Registers the tests of a topic. */
export type Topic<SignIn extends ContractSignIn = ContractSignIn> = (site: ContractSite<SignIn>) => void;

/** What differs between the kinds of sign-in, and between the targets. */
export interface ContractTopics<SignIn extends ContractSignIn> {
  /** The sign-in itself. */
  signIn: Topic<SignIn>;
  /** Tests that change the site; they run last. */
  changes: Topic<SignIn>;
  /** Tests that only this target can have, by their topics. */
  ofTarget: Record<string, Topic<SignIn>>;
}

/** Bring a site up and register the tests. */
export function contract<SignIn extends ContractSignIn>(
  site: ContractSite<SignIn>,
  { signIn, changes, ofTarget }: ContractTopics<SignIn>,
): void {
  jest.setTimeout(60_000);
  let silence: Silence;
  beforeAll(async () => {
    await site.up();
    silence = await Silence.begin(site);
  }, 600_000);
  afterAll(() => site.down(), 300_000);

  const topics: Record<string, Topic<SignIn>> = {
    "sign-in": signIn,
    websocket,
    identity,
    "headers to and from apps": appHeaders,
    "guest lists": guestLists,
    TLS: transport,
    "host names": hosts,
    ...(site.hasOwnHosts && { "hosts of apps' own": ownHosts }),
    paths,
    embed,
    "connections to apps": connections,
    uploads,
    "slow clients": slow,
    "assets and log": assets,
    isolation,
    secrets,
    ...ofTarget,
    "at last": () => {
      test("a websocket on which nothing is sent outlives nginx's default limit", () => silence.end());
    },
    changes,
  };
  for (const [topic, register] of Object.entries(topics))
    describe(topic, () => {
      register(site);
    });
}

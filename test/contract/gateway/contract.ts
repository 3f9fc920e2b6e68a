/** What every kind of sign-in has to hold: the gateway contract but for the sign-in itself. */
import type { ContractSite } from "../support/site";
import { assets } from "./assets";
import { guestLists } from "./guest-lists";
import { hosts } from "./hosts";
import { identity } from "./identity";
import { isolation } from "./isolation";
import { paths } from "./paths";
import { secrets } from "./secrets";
import { Silence } from "./silence";
import { transport } from "./tls";
import { uploads } from "./uploads";
import { websocket } from "./websocket";

/**
 * Bring a site up and register the tests.
 *
 * @param signIn registers the tests of its kind of sign-in
 * @param changes registers the tests that change the site
 */
export function contract<Site extends ContractSite>(
  site: Site,
  signIn: (site: Site) => void,
  changes: (site: Site) => void,
): void {
  let silence: Silence;
  beforeAll(async () => {
    await site.up();
    silence = await Silence.begin(site);
  }, 240_000);
  afterAll(() => site.down(), 120_000);

  const topics: Record<string, (site: Site) => void> = {
    "sign-in": signIn,
    websocket,
    identity,
    "guest lists": guestLists,
    TLS: transport,
    "host names": hosts,
    paths,
    uploads,
    "assets and log": assets,
    isolation,
    secrets,
    "at last": () => {
      test("a websocket on which nothing is said outlives nginx's default limit", () => silence.end());
    },
    changes,
  };
  for (const [topic, register] of Object.entries(topics))
    describe(topic, () => {
      register(site);
    });
}

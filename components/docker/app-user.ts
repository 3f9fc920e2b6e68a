/** As which user an app runs. */
import { createHash } from "node:crypto";
import type { Labels } from "../shared/labels";
import type { App } from "../spec/site";

/** The user that the files of all apps' volumes belong to (`volume-image`). */
const volumesUid = 10001;

/** The users of apps without volumes: no accounts of Debian's, and such as a user namespace with 65,536 users has. */
const firstUid = 20_000;
const uids = 40_000;

/**
 * The user, and the group, of an app's containers. The kernel counts the processes of a user over the whole machine (`RLIMIT_NPROC` in
 * `getrlimit(2)`), and Docker's provider has no limit for a container: with a user of its own, an app that starts as many as
 * it may keeps no other from starting more.
 *
 * Apps with volumes share one, so that the files in a volume go on belonging to the app.
 *
 * @param site the labels of the site, by which its apps are told from those of others on the machine
 * @param app an app of a checked spec
 */
export function appUid(site: Labels, app: Pick<App, "name" | "volumes">): number {
  if (app.volumes.length > 0) return volumesUid;
  const names = [site["streamlit.project"], site["streamlit.stack"], site["streamlit.site"], app.name];
  const digest = createHash("sha256").update(JSON.stringify(names)).digest();
  return firstUid + (digest.readUInt32BE() % uids);
}

/** Requests of every kind, to be sent without a sign-in. */

/** One of them. */
export interface Request {
  kind: string;
  path: string;
  method: string;
  /** Is it a page that a person opens? */
  page: boolean;
}

const page = (kind: string, path: string): Request => ({ kind, path, method: "GET", page: true });
const other = (kind: string, path: string, method = "GET"): Request => ({ kind, path, method, page: false });

export const requests: Request[] = [
  page("an app's page", "/open/"),
  page("an app's page without the slash", "/open"),
  page("a deep link", "/open/page?id=1"),
  page("a limited app's page", "/limited/"),
  page("an app that does not exist", "/nothing/"),
  page("the index page", "/"),
  other("an asset", "/open/static/js/index.js"),
  other("health", "/open/_stcore/health"),
  other("the host configuration", "/open/_stcore/host-config"),
  other("the websocket's path by plain GET", "/open/_stcore/stream"),
  other("an upload", "/open/_stcore/upload_file/a/b", "PUT"),
  other("the agent API", "/open/_stcore/agent/interact", "POST"),
  other("the agent API's description", "/open/_stcore/agent/openapi.json"),
  other("a media file", "/open/media/abc.png"),
  other("a component", "/open/component/x/index.html"),
  other("any method", "/open/", "OPTIONS"),
];

/** Words that only the apps' answers have. */
export const ofTheApp = /streamlit|probe|<script|root"|from_the_app/i;

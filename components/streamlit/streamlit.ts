/**
 * What Streamlit is, as far as whatever runs or guards it has to know. Read from the sources of Streamlit 1.67
 * (`streamlit/config.py`, `streamlit/web/server/starlette/`). It depends on nothing, so that everything may depend on it.
 */

/** The port that Streamlit listens on unless it is told otherwise (`server.port`). */
export const streamlitPort = 8501;

/** The least version whose `server.allowedHosts` and reconnecting the gateway relies on. */
export const leastStreamlitVersion = "1.61";

/** Streamlit's own default of `server.maxUploadSize`, in MB. */
export const defaultMaxUploadSize = 200;

/**
 * Environment variables that Streamlit's server needs behind a gateway, and nobody but the gateway reaches it: uvicorn takes the
 * visitor's address from `X-Forwarded-For` then, which the gateway writes itself, and gives it to `st.context.ip_address`.
 * Without, that is the gateway's own.
 */
export const streamlitEnvironment: Readonly<Record<string, string>> = { FORWARDED_ALLOW_IPS: "*" };

/** Paths below an app's base path. Those that end with a slash have others below them. */
export const streamlitPaths = {
  /** Answers `ok`. Any unknown path is answered with the app's page and 200, so the text of the answer counts. */
  health: "/_stcore/health",
  /** The websocket. */
  stream: "/_stcore/stream",
  /** Uploads of files; needs the replica that has the session. */
  uploads: "/_stcore/upload_file/",
  /** Prometheus metrics, for anybody who asks: `active_sessions` is 0 when a replica is empty. */
  metrics: "/_stcore/metrics",
  /** Runs the app's script for anybody who asks. */
  scriptHealthCheck: "/_stcore/script-health-check",
  /** Streamlit's own scripts and styles, with a hash in their names. */
  static: "/static/",
} as const;

/** First path segments that belong to Streamlit where an app is at `/`. */
export const streamlitPathSegments: readonly string[] = ["_stcore", "static", "media", "component", "app"];

/** First paths below an app that its page asks for by itself, and that nobody opens as a page. */
export const streamlitResources: readonly string[] = [
  "_stcore",
  "static",
  "media",
  "component",
  "app/static",
];

/**
 * Headers that tell an app who is signed in, and the keys under which `st.user` has them
 * (`server.trustedUserHeaders`). Whoever runs a gateway must set each of them, or anybody can send it.
 */
export const identityHeaders = {
  "X-Forwarded-User": "user",
  "X-Forwarded-Email": "email",
  "X-Forwarded-Preferred-Username": "name",
  "X-Forwarded-Groups": "groups",
} as const;

/** Options that follow from a site's spec or would open a way round its gateway, each with the reason. */
export const gatewaySettings: Readonly<Record<string, string>> = {
  "server.address": "the gateway reaches the app on all IP addresses of its private network",
  "server.port": "the gateway reaches the app on port 8501",
  "server.headless": "there is no browser in the container",
  "server.baseUrlPath": "it follows from `route`",
  "server.customComponentBaseUrlPath": "components are served below `route`",
  "server.enableCORS": "it stays on; the origins follow from `host` and `ports`",
  "server.corsAllowedOrigins": "it follows from `host` and `ports`",
  "server.allowedHosts": "it follows from `host`",
  "server.enableXsrfProtection": "it stays on",
  "server.xsrfCookieSameSite": "it stays Lax",
  "server.trustedUserHeaders": "they are the gateway's identity headers",
  "server.scriptHealthCheckEnabled": "the endpoint runs the app for anybody",
  "server.sslCertFile": "TLS ends at the gateway",
  "server.sslKeyFile": "TLS ends at the gateway",
  "server.cookieSecret": "a secret does not belong in settings",
  "server.unsafeMetricsUserAttributes":
    "the names of visitors do not belong in metrics, which anybody reads who reaches the app",
  "browser.serverAddress": "it follows from `host`",
  "browser.serverPort": "it follows from `ports`",
  "browser.gatherUsageStats": "it stays off",
  "global.developmentMode": "it serves no site, and lets any visitor stop the app",
  // `debug_shutdown_runtime` and `debug_disconnect_websocket` of `starlette_websocket.py`.
  "global.e2eTest": "it is for Streamlit's own tests, and lets any visitor stop the app",
  "global.appTest": "it is for tests, and keeps every value of every visitor",
  "global.unitTest": "it is for Streamlit's own tests",
  "client.allowedOrigins": "the origin follows from `host` and `ports`",
};

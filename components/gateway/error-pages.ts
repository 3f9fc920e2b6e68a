/** What nginx shows in place of its own pages. */
import { formPagePolicy, pagePolicy } from "./html";

/**
 * The error pages of every location. A location that has an `error_page` of its own inherits none, and has to repeat
 * them.
 */
export const errorPages = `error_page 403 /_gateway/403.html;
error_page 500 =503 /_gateway/unavailable.html;
error_page 502 503 504 /_gateway/unavailable.html;`;

/** Directives of a location that shows one of the gateway's pages, beside those that say which. */
export const pageSettings = settings(pagePolicy);

/** The same for a page with a form. */
export const formPageSettings = settings(formPagePolicy);

function settings(policy: string): string {
  return `ssi on;
add_header Cache-Control no-store always;
add_header Content-Security-Policy "${policy}" always;`;
}

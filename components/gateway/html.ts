/** The shell of the pages that the gateway shows itself. */
import { escape } from "html-escaper";
import type { App } from "../spec/site";

const style = `:root{color-scheme:light dark;font-family:system-ui,sans-serif;line-height:1.5}
body{max-width:40rem;margin:12vh auto;padding:0 1.25rem}
h1{font-size:1.5rem;margin:0 0 .25rem;overflow-wrap:anywhere}
p{margin:.25rem 0 1.5rem;opacity:.75}
ul{list-style:none;margin:0;padding:0;display:grid;gap:.75rem}
a.app{display:block;padding:1rem 1.25rem;border:1px solid color-mix(in srgb,currentColor 20%,transparent);border-radius:.6rem;color:inherit;text-decoration:none;font-weight:600}
a.app:hover,a.app:focus-visible{border-color:currentColor}
a.app small{display:block;font-weight:400;opacity:.65}`;

/** In the page itself, because browsers ask for `/favicon.ico` otherwise, which there is not. */
const icon = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="4" fill="#0d9488"/><path d="M4.5 12V9M8 12V4m3.5 8V6.5" stroke="#fff" stroke-width="2"/></svg>',
)}`;

/**
 * A whole page.
 *
 * @param title plain text
 * @param body HTML
 * @param head more HTML for the head, with its line break. @default none
 */
export function htmlPage(title: string, body: string, head = ""): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<link rel="icon" href="${icon}">
${head}<title>${escape(title)}</title>
<style>
${style}
</style>
</head>
<body>
${body}
</body>
</html>
`;
}

/** An app's entry on the index page. */
export function indexEntry(app: App): string {
  return `<li><a class="app" href="${app.path}/">${escape(app.title)}<small>${escape(app.path)}</small></a></li>`;
}

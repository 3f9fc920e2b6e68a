/** The design of the pages that the gateway shows itself. They load nothing, and need no JavaScript. */
import { createHash } from "node:crypto";
import { escape } from "html-escaper";
import type { App, Site } from "../spec/site";
import { hasEmbeddedApp } from "./embed";
import { lines } from "./text";

/** Each colour of text has a contrast of at least 4.5:1 on each ground that it is on (WCAG 2.2, level AA). */
const style = `:root{color-scheme:light dark;--ground:#f4f6f8;--panel:#fff;--ink:#16191d;--quiet:#545d69;--line:#d5dae1;--accent:#0f766e;--on-accent:#fff;--tile:#e3f1ef}
@media (prefers-color-scheme:dark){:root{--ground:#101418;--panel:#191f25;--ink:#edf0f3;--quiet:#a7b0bb;--line:#36404a;--accent:#3fcfbd;--on-accent:#06221f;--tile:#17332f}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;min-height:100vh;display:flex;flex-direction:column;background:var(--ground);color:var(--ink);font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;overflow-wrap:anywhere}
header{background:var(--panel);border-bottom:1px solid var(--line)}
.bar{display:flex;flex-wrap:wrap;align-items:center;justify-content:space-between;gap:.5rem 1.5rem;max-width:64rem;min-height:3.75rem;margin:0 auto;padding:.75rem 1.25rem}
.bar p{margin:0}
.site{display:flex;align-items:center;gap:.75rem;min-width:0;font-weight:600}
.logo{color-scheme:light;flex:none;height:2rem;max-width:10rem;object-fit:contain;background:#fff;border-radius:.375rem}
.user{color:var(--quiet);font-size:.9375rem}
.user a{margin-left:.75rem}
main{flex:1;width:100%;max-width:64rem;margin:0 auto;padding:2.5rem 1.25rem 4rem}
h1{font-size:1.5rem;line-height:1.25;letter-spacing:-.01em;margin:0 0 1.25rem}
a{color:var(--accent);text-underline-offset:.15em}
a:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:.25rem}
ul{list-style:none;margin:0;padding:0;display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,19rem),1fr));gap:1rem}
li{display:grid}
a.app{display:flex;gap:1rem;align-items:flex-start;padding:1.25rem;background:var(--panel);border:1px solid var(--line);border-radius:.75rem;color:inherit;text-decoration:none}
a.app:hover{border-color:var(--accent)}
a.app:focus-visible{border-radius:.75rem}
.icon{flex:none;width:2.75rem;height:2.75rem;border-radius:.625rem;background:var(--tile);color:var(--accent);font-size:1.375rem;font-weight:600;line-height:2.75rem;text-align:center;white-space:nowrap;overflow:hidden}
.app strong{display:block;font-weight:600}
a.app:hover strong{text-decoration:underline}
.about{display:block;align-self:center;min-width:0}
.app small{display:block;margin-top:.125rem;font-size:.9375rem;color:var(--quiet)}
.none{margin:0;color:var(--quiet)}
ul:has(li)+.none{display:none}
.message{display:grid;align-content:center;justify-items:center;padding-top:1.25rem}
.panel{width:100%;max-width:30rem;padding:2.25rem 2rem;background:var(--panel);border:1px solid var(--line);border-radius:.75rem;text-align:center}
.panel h1{margin:0 0 .5rem}
.panel p{margin:0;color:var(--quiet)}
.panel p+p{margin-top:1.5rem}
.button{display:inline-block;padding:.5rem 1.25rem;border-radius:.5rem;background:var(--accent);color:var(--on-accent);font-weight:600;text-decoration:none}
.button:hover{text-decoration:underline}
button{border:0;font:inherit;cursor:pointer}
.panel form{margin-top:1.5rem}
@media (prefers-color-scheme:dark){.logo{padding:.1875rem}}
@media (max-width:30rem){main{padding-top:1.5rem}.panel{padding:1.75rem 1.25rem}}`;

/**
 * The content security policy of the gateway's own pages: the style above, images that are in the page, and nothing else, no
 * scripts above all. It says nothing of forms, because browsers differ in whether that is about redirects as well, and a form that
 * signs out leads to whatever hosts the provider has.
 */
export const formPagePolicy = `default-src 'none'; style-src 'sha256-${createHash("sha256").update(`\n${style}\n`).digest("base64")}'; img-src data:`;

/** The same for a page without a form. */
export const pagePolicy = `${formPagePolicy}; form-action 'none'`;

/** In the page itself, because browsers ask for `/favicon.ico` otherwise, which there is not. */
const favicon = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="4" fill="#0d9488"/><path d="M4.5 12V9M8 12V4m3.5 8V6.5" stroke="#fff" stroke-width="2"/></svg>',
)}`;

/** What the pages show of a site. */
export type Brand = Pick<Site, "title" | "logo" | "apps">;

/** The internal location with the site's logo as an element, which pages include. */
export const logoPath = "/_gateway/logo.html";

/** What is on one page. All but the title is HTML with nginx's server-side includes. */
export interface PageParts {
  /** What the window is called, apart from the site. Plain text. @default the site alone */
  title?: string;
  /** Who is signed in. @default nothing about it */
  user?: string;
  /** What is between `<main>` and `</main>`. */
  main: string;
  /** The kind of main part that `style` has a class for. @default none */
  kind?: string;
  /** More for the head. @default none */
  head?: string;
}

/**
 * A whole page.
 *
 * @param brand the site, or undefined on a page that must not name it
 * @param parts what is on the page
 */
export function htmlPage(brand: Brand | undefined, parts: PageParts): string {
  const title = [parts.title, brand?.title].filter((part) => part !== undefined).join(" · ");
  const text = lines(
    `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<link rel="icon" href="${favicon}">`,
    // What a frame would show of the site, of the provider above all, is refused: links open a tab.
    brand && hasEmbeddedApp(brand) && shownInFrame('<base target="_blank">'),
    parts.head,
    `<title>${escape(title)}</title>
<style>
${style}
</style>
</head>
<body>`,
    brand && header(brand, parts.user),
    `<main${parts.kind === undefined ? "" : ` class="${parts.kind}"`}>`,
    parts.main,
    `</main>
</body>
</html>`,
  );
  return `${text}\n`;
}

function header({ title, logo }: Brand, user: string | undefined): string {
  return lines(
    `<header>
<div class="bar">
<p class="site">${logo === undefined ? "" : `<!--# include virtual="${logoPath}" -->`}<span>${escape(title)}</span></p>`,
    user !== undefined && `<p class="user">${user}</p>`,
    `</div>
</header>`,
  );
}

/** A page with one thing to say. */
export interface Message {
  /** The heading, and the title of the window. Plain text. */
  heading: string;
  /** More about it, HTML. */
  text: string;
  /** Where one can go from here: the address, `""` for the page itself, and what the link says. @default nowhere */
  link?: readonly [address: string, label: string];
  /** A button that sends a form without fields: the address that it is sent to, and what the button says. @default none */
  form?: readonly [address: string, label: string];
  /** What it says, and where one can go, in a frame on a page elsewhere. @default the same */
  inFrame?: Pick<Message, "text" | "link">;
  /** Who is signed in, HTML. @default nothing about it */
  user?: string;
  /** More for the head, HTML. @default none */
  head?: string;
}

/**
 * A page with one thing to say.
 *
 * @param brand the site, or undefined on a page that must not name it
 * @param message what it says
 */
export function messagePage(brand: Brand | undefined, message: Message): string {
  const { heading, inFrame, user, head } = message;
  const panel = messagePanel(message);
  return htmlPage(brand, {
    title: heading,
    kind: "message",
    main: inFrame === undefined ? panel : shownInFrame(messagePanel({ heading, ...inFrame }), panel),
    ...(user !== undefined && { user }),
    ...(head !== undefined && { head }),
  });
}

function messagePanel({
  heading,
  text,
  link,
  form,
}: Pick<Message, "heading" | "text" | "link" | "form">): string {
  return lines(
    `<div class="panel">
<h1>${escape(heading)}</h1>
<p>${text}</p>`,
    link && `<p><a class="button" href="${link[0]}">${escape(link[1])}</a></p>`,
    form &&
      `<form method="post" action="${form[0]}"><button class="button">${escape(form[1])}</button></form>`,
    "</div>",
  );
}

/**
 * What is shown in a frame only, and what otherwise, on a site with an app for frames.
 *
 * @param framed HTML
 * @param otherwise HTML. @default nothing
 */
function shownInFrame(framed: string, otherwise?: string): string {
  const instead = otherwise === undefined ? "" : `<!--# else -->${otherwise}`;
  return `<!--# if expr="$framed = 1" -->${framed}${instead}<!--# endif -->`;
}

/** An app's entry on the index page. */
export function indexEntry(
  app: Pick<App, "hasOwnHost" | "origin" | "path" | "title" | "icon" | "description">,
): string {
  const description = app.description === undefined ? "" : `<small>${escape(app.description)}</small>`;
  return `<li><a class="app" href="${app.hasOwnHost ? app.origin : ""}${app.path}/"><span class="icon" aria-hidden="true">${escape(app.icon)}</span><span class="about"><strong>${escape(app.title)}</strong>${description}</span></a></li>`;
}

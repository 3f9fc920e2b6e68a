/** The site's logo: which files may be one, and what becomes of them. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { logoFaults, logoFiles } from "../../../components/gateway/logo";

let folder: string;
beforeAll(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), "logo-"))));
afterAll(() => {
  fs.rmSync(folder, { recursive: true, force: true });
});

const svg = (inside: string, attributes = ""): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9"${attributes}>${inside}</svg>`;

function file(content: string | Buffer): string {
  const name = path.join(folder, "logo");
  fs.writeFileSync(name, content);
  return name;
}

const faultsOf = (content: string | Buffer): string[] =>
  logoFaults({ logo: file(content) }).map(({ path, message }) => `${path}: ${message}`);

const png = Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), Buffer.alloc(100)]);

describe("a logo", () => {
  it.each([
    ["a PNG", png, "image/png"],
    ["a JPEG", Buffer.from("\xff\xd8\xff\xe0abc", "latin1"), "image/jpeg"],
    ["a GIF", Buffer.from("GIF89a...", "latin1"), "image/gif"],
    ["a WebP", Buffer.from("RIFF....WEBPVP8 ", "latin1"), "image/webp"],
    ["an SVG", svg("<rect/>"), "image/svg+xml"],
    ["an SVG with a prolog", `\ufeff<?xml version="1.0"?>\n<!-- x -->\n${svg("<rect/>")}`, "image/svg+xml"],
    [
      "an SVG that refers to itself",
      svg('<style>.a{fill:url(#g)}</style><use xlink:href="#a"/><image href="data:image/png;base64,AA=="/>'),
      "image/svg+xml",
    ],
  ])("may be %s, which an image element gets as a whole", (_, content, mediaType) => {
    expect(faultsOf(content)).toEqual([]);
    const [logo, ...more] = logoFiles({ logo: file(content) });
    expect([logo?.name, logo?.secret, more]).toEqual(["pages/logo.html", false, []]);
    const url = `data:${mediaType};base64,${Buffer.from(content).toString("base64")}`;
    expect(logo?.text).toBe(`<img class="logo" src="${url}" alt="">`);
  });

  it.each([
    ["a script", svg("<script>alert(1)</script>"), /a script/],
    ["a script under another prefix", svg("<s:SCRIPT xmlns:s='http://www.w3.org/2000/svg'/>"), /a script/],
    ["an event handler", svg("<rect/>", ' onload="alert(1)"'), /an event handler/],
    ["an event handler of an element", svg("<rect\nonclick = 'alert(1)'/>"), /an event handler/],
    ["HTML inside", svg("<foreignObject><p/></foreignObject>"), /another kind of document/],
    ["an entity", `<!DOCTYPE svg [<!ENTITY x "y">]>${svg("&x;")}`, /an entity/],
    ["a script as a link", svg('<a href="javascript:alert(1)"><rect/></a>'), /elsewhere/],
    ["a link that is written in entities", svg('<a href="&#106;avascript:alert(1)"/>'), /elsewhere/],
    ["an image from elsewhere", svg('<image xlink:href="https://evil.test/x.png"/>'), /elsewhere/],
    ["an SVG inside an SVG", svg('<image href="data:image/svg+xml,x"/>'), /elsewhere/],
    ["a style from elsewhere", svg("<style>@import 'https://evil.test/x.css'</style>"), /elsewhere/],
    ["a font from elsewhere", svg("<style>@font-face{src:url(https://evil.test/x)}</style>"), /elsewhere/],
    ["a stylesheet", `<?xml version="1.0"?><?xml-stylesheet href="x.css"?>${svg("")}`, /elsewhere/],
  ])("is refused as an SVG with %s", (_, content, reason) => {
    expect(faultsOf(content)).toEqual([expect.stringMatching(/^logo: must be an SVG without scripts/)]);
    expect(faultsOf(content)[0]).toMatch(reason);
  });

  it.each([
    ["nothing", ""],
    ["HTML", "<!doctype html><script>alert(1)</script>"],
    ["an SVG in UTF-16", Buffer.from(`\ufeff${svg("")}`, "utf16le")],
    ["some text", "logo"],
  ])("is refused when it is %s", (_, content) => {
    expect(faultsOf(content)).toEqual(["logo: must be a PNG, JPEG, GIF, WebP or SVG file"]);
  });

  it("is refused when it is too large, and only then", () => {
    expect(faultsOf(Buffer.concat([png, Buffer.alloc(65_536 - png.length)]))).toEqual([]);
    expect(faultsOf(Buffer.concat([png, Buffer.alloc(65_536)]))).toEqual([
      "logo: must have at most 64 KiB, and has 65",
    ]);
  });

  it("is refused with its whole path when it is not there, or a folder", () => {
    expect(logoFaults({ logo: "no/such.svg" })).toEqual([
      { path: "logo", message: `there is no file ${path.resolve("no/such.svg")}` },
    ]);
    expect(logoFaults({ logo: folder })).toHaveLength(1);
  });

  it("is left to the check of the spec when its shape is wrong, and may be left out", () => {
    for (const spec of [undefined, null, {}, { logo: 1 }, { logo: "a\0b" }])
      expect(logoFaults(spec)).toEqual([]);
    expect(logoFiles({ logo: undefined })).toEqual([]);
  });
});

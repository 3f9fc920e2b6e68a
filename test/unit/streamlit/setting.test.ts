/** Streamlit's settings as a spec writes them. */
import * as fc from "fast-check";
import { parse } from "smol-toml";
import type { SiteArgs } from "../../../components/spec/args";
import { checkSite } from "../../../components/spec/check";
import { SiteSpecError } from "../../../components/spec/errors";
import type { StreamlitSetting } from "../../../components/spec/site";
import { streamlitSetting } from "../../../components/streamlit/setting";
import { anyText, nasty, tomlText } from "../arbitraries";

describe("a setting's text", () => {
  it.each<[string, StreamlitSetting]>([
    // numbers
    ["50", 50],
    ["-1", -1],
    ["0.5", 0.5],
    ["1e3", 1000],
    ["1_000", 1000],
    [" 50 ", 50],
    // booleans
    ["true", true],
    ["false", false],
    // arrays of strings
    ['["a", "b"]', ["a", "b"]],
    ["['a']", ["a"]],
    ["[]", []],
    // strings in quotes
    ["'50'", "50"],
    ['"true"', "true"],
    ["''", ""],
    ['"a\\nb"', "a\nb"],
  ])("%j is what TOML has: %j", (text, setting) => {
    expect(streamlitSetting(text)).toEqual(setting);
  });

  it.each([
    "dark",
    "True",
    "",
    " ",
    "#ff4b4b",
    "50 MB",
    "1,2",
    "[1, 2]",
    '["a", 1]',
    "[[]]",
    "[a]",
    "{ a = 1 }",
    "1979-05-27",
    "07:32:00",
    "nan",
    "inf",
    "-inf",
    "99999999999999999999",
    '"a" b',
    "'50",
    "50\nb = 1",
    "1\n[server]\nport = 1",
    "\n",
    "__proto__",
  ])("%j is that string", (text) => {
    expect(streamlitSetting(text)).toBe(text);
  });

  it("is read back as any setting whose text it is", () => {
    const setting = fc.oneof<fc.Arbitrary<StreamlitSetting>[]>(
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
      fc.boolean(),
      anyText,
      fc.array(anyText, { maxLength: 3 }),
    );
    fc.assert(
      fc.property(setting, (value) => {
        expect(streamlitSetting(tomlText(value))).toEqual(value);
      }),
      { numRuns: 1000 },
    );
  });

  it("is a string as it stands, or a value that TOML reads it as", () => {
    const text = fc.oneof(
      anyText,
      fc.constantFrom(...nasty),
      fc.string({ unit: fc.constantFrom(..."[]\"'1e,.\n#a") }),
    );
    fc.assert(
      fc.property(text, (value) => {
        const setting = streamlitSetting(value);
        if (setting !== value) expect(parse(`setting = ${value}`)).toEqual({ setting });
        expect(["string", "number", "boolean", "object"]).toContain(typeof setting);
      }),
      { numRuns: 1000 },
    );
  });

  it("is read when it is a string only: YAML writes the others as they are", () => {
    for (const value of [50, true, false, ["a", "50"], [], null, undefined, {}, Number.NaN])
      expect(streamlitSetting(value)).toBe(value);
  });
});

describe("the settings of a spec", () => {
  function settings(streamlit: object): unknown {
    const args = {
      host: "site.example.com",
      apps: { sales: { source: "apps/sales", streamlit } },
      auth: { basic: { generatedUsers: ["anna"] } },
    };
    try {
      const [sales] = checkSite(args as SiteArgs, "docker").apps;
      return { streamlit: sales?.streamlit, maxUploadSize: sales?.maxUploadSize };
    } catch (error) {
      if (error instanceof SiteSpecError)
        return error.faults.map(({ path, message }) => `${path}: ${message}`);
      throw error;
    }
  }

  it("are the same as text and as YAML has them", () => {
    const expected = {
      streamlit: {
        "theme.base": "dark",
        "server.maxUploadSize": 50,
        "server.enableStaticServing": true,
        "server.folderWatchList": ["a", "b"],
      },
      maxUploadSize: 50,
    };
    expect(settings(expected.streamlit)).toEqual(expected);
    expect(
      settings({
        "theme.base": "dark",
        "server.maxUploadSize": "50",
        "server.enableStaticServing": "true",
        "server.folderWatchList": '["a", "b"]',
      }),
    ).toEqual(expected);
  });

  it.each(["'50'", "half", "0", "10001", "0.5", "true", '["50"]'])("take no uploads of %s", (size) => {
    expect(settings({ "server.maxUploadSize": size })).toEqual([
      "apps.sales.streamlit.server.maxUploadSize: must be a whole number of MB, 1–10000",
    ]);
  });

  it.each([
    ["\0", "theme.font"],
    ['"\\u0000"', "theme.font"],
    ['["\\u0000"]', "theme.font.0"],
    ["\ud800", "theme.font"],
  ])("take no text that no file can hold: %j", (text, at) => {
    expect(settings({ "theme.font": text })).toEqual([
      `apps.sales.streamlit.${at}: must be valid Unicode without NUL`,
    ]);
  });

  it.each([[null], [{}], [[1]], [Number.NaN]])("take no %j", (value) => {
    expect(settings({ "theme.font": value })).toEqual([
      "apps.sales.streamlit.theme.font: must be a string, a number, true, false or a list of strings",
    ]);
  });
});

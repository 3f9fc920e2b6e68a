/** What puts the text of a configuration together. */
import { block, lines, map, paragraphs, proxyHeaders } from "../../../components/gateway/text";

describe("lines and paragraphs", () => {
  it("leave out what is not there, however deep, with its line break", () => {
    expect(lines("a", false, ["b", [undefined, "c"], []], "", "d")).toBe("a\nb\nc\nd");
    expect(paragraphs("a", undefined, ["", ["b"]], lines(), "c")).toBe("a\n\nb\n\nc");
    expect(lines()).toBe("");
  });
});

describe("a block", () => {
  it("indents what is in it, other blocks too, but no empty line", () => {
    expect(block("http", "a;\n\nb;", block("server", "c;", false))).toBe(
      "http {\n  a;\n\n  b;\n  server {\n    c;\n  }\n}",
    );
  });
});

describe("a map", () => {
  it("has its fallback first and its patterns in their order, numbers among them", () => {
    expect(
      map("$a", "$b", '""', [
        ["~x", "2"],
        ["1", "$c"],
      ]),
    ).toBe('map $a $b {\n  default "";\n  ~x 2;\n  1 $c;\n}');
  });
});

describe("headers", () => {
  it("are removed by an empty value", () => {
    expect(proxyHeaders({ Host: "$host", Cookie: "" })).toBe(
      'proxy_set_header Host $host;\nproxy_set_header Cookie "";',
    );
  });
});

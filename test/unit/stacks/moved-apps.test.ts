import { movedApps } from "../../../stacks/moved-apps";

const at = (path: string, origin = "https://a.example.com"): string => `${origin}${path}`;

describe("apps that moved", () => {
  it("are named with both addresses and what keeps them: the first app when a second one comes", () => {
    expect(movedApps({ sales: at("/") }, { sales: at("/sales/"), admin: at("/admin/") })).toEqual([
      "sales moved from https://a.example.com/ to https://a.example.com/sales/; `route: /` under apps.sales keeps it where it was, `formerRoutes: [/]` leads from there",
    ]);
    expect(
      movedApps({ sales: at("/x/y/"), admin: at("/admin/") }, { sales: at("/"), admin: at("/admin/") }),
    ).toEqual([
      "sales moved from https://a.example.com/x/y/ to https://a.example.com/; `route: /x/y` under apps.sales keeps it where it was, `formerRoutes: [/x/y]` leads from there",
    ]);
  });

  it("may have the path that they had, at another host or port", () => {
    expect(movedApps({ sales: at("/") }, { sales: at("/", "https://b.example.com:8443") })).toEqual([
      "sales moved from https://a.example.com/ to https://b.example.com:8443/",
    ]);
  });

  it.each([
    ["stay", { sales: at("/") }, { sales: at("/") }],
    ["are new", {}, { sales: at("/") }],
    ["are gone", { sales: at("/") }, {}],
    ["are of the first deployment", undefined, { sales: at("/") }],
    [
      "were written in another way",
      { sales: 1, admin: { url: at("/") } },
      { sales: at("/"), admin: at("/") },
    ],
    ["have a name that every object knows", {}, { constructor: at("/") }],
    ["were in a list", [at("/")], { sales: at("/") }],
    ["have no address yet", { sales: "" }, { sales: at("/") }],
  ])("are not those that %s", (_, before, after) => {
    expect(movedApps(before, after as Record<string, string>)).toEqual([]);
  });
});

/** As which users apps run. */
import * as fc from "fast-check";
import { appUid } from "../../../components/docker/app-user";

const site = {
  "streamlit.project": "shop",
  "streamlit.stack": "dev",
  "streamlit.site": "analytics",
};
const volumes = [{ name: "data", path: "/data", shared: false }];

it("differ from app to app, and from site to site", () => {
  const all = [
    appUid(site, { name: "sales", volumes: [] }),
    appUid(site, { name: "live", volumes: [] }),
    appUid({ ...site, "streamlit.stack": "prod" }, { name: "sales", volumes: [] }),
    appUid({ ...site, "streamlit.project": "other" }, { name: "sales", volumes: [] }),
  ];
  expect(new Set(all).size).toBe(all.length);
});

it("stay the same at every `up`", () => {
  expect(appUid(site, { name: "sales", volumes: [] })).toBe(
    appUid({ ...site }, { name: "sales", volumes: [] }),
  );
});

it("are nobody's on the machine, and there in a user namespace", () => {
  fc.assert(
    fc.property(fc.string(), (name) => {
      const uid = appUid(site, { name, volumes: [] });
      expect(uid).toBeGreaterThanOrEqual(20_000);
      expect(uid).toBeLessThan(60_000);
    }),
  );
});

it("are one for apps with volumes, to whom the files belong", () => {
  expect([appUid(site, { name: "sales", volumes }), appUid(site, { name: "live", volumes })]).toEqual([
    10001, 10001,
  ]);
});

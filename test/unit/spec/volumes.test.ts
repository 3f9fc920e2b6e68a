/** Volumes of apps: where they may be, who may have them at once, and what follows for the app. */
import * as fc from "fast-check";
import type { AppArgs, SiteArgs } from "../../../components/spec/args";
import { checkSite } from "../../../components/spec/check";
import { SiteSpecError } from "../../../components/spec/errors";
import type { App } from "../../../components/spec/site";

function spec(app: AppArgs): SiteArgs {
  return {
    host: "site.example.com",
    apps: { sales: app },
    auth: { basic: { generatedUsers: ["anna"] } },
  };
}

function faults(app: AppArgs): string[] {
  try {
    checkSite(spec(app), "docker");
  } catch (error) {
    if (error instanceof SiteSpecError) return error.faults.map(({ path, message }) => `${path}: ${message}`);
    throw error;
  }
  return [];
}

const checked = (app: AppArgs): App | undefined => checkSite(spec(app), "docker").apps[0];
const at = (path: string, app: AppArgs = { source: "a" }): string[] =>
  faults({ ...app, volumes: { data: { path } } });

describe("a volume", () => {
  it("is not shared unless the spec says so; the app then has one container, which goes before the next one comes", () => {
    const app = checked({ source: "a", volumes: { data: { path: "/app/data" } } });
    expect(app).toMatchObject({
      volumes: [{ name: "data", path: "/app/data", shared: false }],
      recreate: true,
      drainTimeout: 0,
      replicas: 1,
    });
  });

  it("that is shared changes nothing for replicas and draining", () => {
    const app = checked({ source: "a", replicas: 3, volumes: { data: { path: "/app/data", shared: true } } });
    expect(app).toMatchObject({ recreate: false, drainTimeout: 60, replicas: 3 });
  });

  it("is none where the spec has none", () => {
    expect(checked({ source: "a" })).toMatchObject({ volumes: [], recreate: false, drainTimeout: 60 });
  });

  it.each([
    "/data",
    "/app/data",
    "/app/a/b",
    "/srv/models",
    "/var/lib/app",
    "/home/app",
    "/mnt",
    "/tmpfiles",
    "/usrlocal",
  ])("may be at %s", (path) => {
    expect(at(path)).toEqual([]);
  });

  it.each<[string, string]>([
    ["/tmp", "must be elsewhere: /tmp is in memory, and nothing in it is kept"],
    ["/tmp/cache", "must be elsewhere: /tmp is in memory, and nothing in it is kept"],
    ["/etc/app", "must be elsewhere: /etc is a folder of the system"],
    ["/usr/local/lib/python3.13/site-packages", "must be elsewhere: /usr is a folder of the system"],
    ["/proc", "must be elsewhere: /proc is a folder of the system"],
    ["/var", "must be elsewhere: /var is a folder of the system"],
    ["/var/run/app", "must be elsewhere: /var/run is a folder of the system"],
    ["/root/data", "must be elsewhere: /root can only be entered by root, which no app is"],
    ["/app", "would hide /app, where the app is"],
    ["/app/.streamlit", "must be elsewhere: /app/.streamlit has the app's settings and secrets"],
    ["/app/.streamlit/static", "must be elsewhere: /app/.streamlit has the app's settings and secrets"],
  ])("must not be at %s", (path, message) => {
    expect(at(path)).toEqual([`apps.sales.volumes.data.path: ${message}`]);
  });

  it.each([
    "",
    "/",
    "data",
    "./data",
    "/a/../b",
    "/a/.",
    "/data/",
    "//data",
    "/a b",
    "/a:ro",
    "/ä",
    "/a\n/b",
  ])("must be an absolute path as it stands, not %j", (path) => {
    expect(at(path)).toEqual([
      expect.stringMatching(/^apps\.sales\.volumes\.data\.path: must be an absolute path/),
    ]);
  });

  it("must not hide the app, wherever it is started and whatever its script is called", () => {
    expect(at("/srv", { image: "a", workingDir: "/srv/app" })).toEqual([
      "apps.sales.volumes.data.path: would hide /srv/app, where the app is",
    ]);
    expect(at("/app/pages", { source: "a", entry: "pages/main.py" })).toEqual([
      "apps.sales.volumes.data.path: would hide pages/main.py, the app's script",
    ]);
    expect(at("/app/page", { source: "a", entry: "pages/main.py" })).toEqual([]);
  });

  it("must not overlap another of the same app", () => {
    const found = faults({
      source: "a",
      volumes: {
        a: { path: "/data" },
        b: { path: "/data/b" },
        c: { path: "/data" },
        d: { path: "/database" },
      },
    });
    expect(found).toEqual([
      "apps.sales.volumes.b.path: overlaps /data of apps.sales.volumes.a",
      "apps.sales.volumes.c.path: overlaps /data of apps.sales.volumes.a",
      "apps.sales.volumes.c.path: overlaps /data/b of apps.sales.volumes.b",
    ]);
  });

  it("must not be had by several containers at once, unless the app can bear that", () => {
    const volumes = { data: { path: "/data" }, cache: { path: "/cache", shared: true } };
    expect(faults({ source: "a", replicas: 2, volumes })).toEqual([
      "apps.sales.volumes.data.shared: must be true with replicas: 2, if the app can bear that several of its containers write to it at once",
    ]);
    expect(faults({ source: "a", replicas: 1, volumes })).toEqual([]);
    expect(faults({ source: "a", autoscaling: { min: 1, max: 2 }, volumes })).toContain(
      "apps.sales.volumes.data.shared: must be true with autoscaling, if the app can bear that several of its containers write to it at once",
    );
    expect(faults({ source: "a", drainTimeout: "5m", volumes })).toEqual([
      "apps.sales.drainTimeout: must not be set: apps.sales.volumes.data is not shared, so the old container is gone before the new one starts",
    ]);
    expect(faults({ source: "a", drainTimeout: "0s", volumes })).toEqual([]);
  });

  it.each(["Data", "1data", "-a", "a-", "a.b", "a/b", "", "x".repeat(33)])("is not called %j", (name) => {
    expect(faults({ source: "a", volumes: { [name]: { path: "/data" } } })).toEqual([
      expect.stringMatching(/: a volume's name has 1–32 lower-case letters/),
    ]);
  });

  it("has a path, and nothing but what is known", () => {
    expect(faults({ source: "a", volumes: { data: { paht: "/data" } as never } })).toEqual([
      "apps.sales.volumes.data.path: must be set (string)",
      "apps.sales.volumes.data.paht: is no field of the spec",
    ]);
    expect(faults({ source: "a", volumes: { data: "/data" as never } })).toEqual([
      "apps.sales.volumes.data: must be an object",
    ]);
  });
});

describe("any valid volumes", () => {
  const segment = fc.stringMatching(/^[a-z0-9_-]{1,8}$/);
  const volume = fc.record({
    path: fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => `/data/${parts.join("/")}`),
    shared: fc.boolean(),
  });
  const names = fc.stringMatching(/^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$/);

  it("never give several containers one that is not shared, nor two the same place", () => {
    fc.assert(
      fc.property(
        fc.dictionary(names, volume, { maxKeys: 4 }),
        fc.integer({ min: 1, max: 4 }),
        (volumes, replicas) => {
          const args: AppArgs = { source: "a", replicas, volumes };
          if (faults(args).length > 0) return;
          const app = checked(args);
          const paths = app?.volumes.map(({ path }) => `${path}/`) ?? [];
          expect(paths.filter((a) => paths.some((b) => a !== b && a.startsWith(b)))).toEqual([]);
          expect(new Set(paths).size).toBe(paths.length);
          const unshared = app?.volumes.some(({ shared }) => !shared);
          expect(app?.recreate).toBe(unshared);
          if (unshared) expect([app?.replicas, app?.drainTimeout]).toEqual([1, 0]);
        },
      ),
      { numRuns: 500 },
    );
  });
});

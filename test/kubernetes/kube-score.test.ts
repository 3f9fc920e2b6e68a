/**
 * What kube-score says of a site's objects: nothing that docs/kubernetes.md does not answer. It reads manifests, and knows nothing of
 * what runs; the API server's own checks are in the other tests, which bring sites up.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { spawnSync } from "node:child_process";
import { dump } from "js-yaml";
import { buildGoProgram, moduleVersion } from "../../offline/go-program";
import { kubernetesVersion } from "../../offline/cluster/programs";
import { cacheFolder } from "../../scripts/paths";
import type { SiteArgs } from "../../index";
import { deploy } from "../unit/kubernetes/parts";

jest.setTimeout(600_000);

/** One check of an object, as `--output-format json` has it. */
interface Check {
  check: { id: string };
  grade: number;
  skipped: boolean;
}

/** The grade of what is as it should be. */
const allOk = 10;

const folder = path.join(__dirname, "kube-score");
const goModule = "github.com/zegl/kube-score";

async function kubeScore(): Promise<string> {
  const version = moduleVersion(folder, goModule);
  return buildGoProgram(
    {
      name: "kube-score",
      folder,
      package: `${goModule}/cmd/kube-score`,
      version,
      versionVariables: [],
      takes: "half a minute",
    },
    cacheFolder("kube-score", version, "kube-score"),
    (line) => process.stderr.write(`${line}\n`),
  );
}

/** The ids of the checks that an object of the site does not pass. */
async function findings(spec: SiteArgs): Promise<string[]> {
  const { parts } = await deploy(spec);
  const { stdout, stderr } = spawnSync(
    await kubeScore(),
    [
      "score",
      "--kubernetes-version",
      `v${kubernetesVersion().replace(/\.\d+$/, "")}`,
      "--output-format",
      "json",
      "-",
    ],
    { input: parts.objects.map((object) => dump(object)).join("---\n"), encoding: "utf8" },
  );
  if (stdout === "") throw new Error(stderr);
  const objects = JSON.parse(stdout) as { checks: Check[] }[];
  expect(objects.length).toBeGreaterThan(10);
  const found = objects.flatMap(({ checks }) =>
    checks.filter(({ grade, skipped }) => !skipped && grade < allOk).map(({ check }) => check.id),
  );
  return [...new Set(found)].sort();
}

const apps: SiteArgs["apps"] = {
  explorer: { image: "registry.example.com/explorer:1", autoscaling: { min: 2, max: 8 } },
  live: { image: "registry.example.com/live:1", egress: true },
};
const site = { host: "site.example.com", apps } as const;
const oidc = {
  oidc: {
    provider: "oidc",
    issuer: "https://id.example.com",
    clientId: "site",
    clientSecret: "secret of the client",
  },
} as const;

test("it finds nothing at a site that is not answered, and all that is answered", async () => {
  const sites: SiteArgs[] = [
    { ...site, expose: { loadBalancer: {} }, auth: oidc },
    { ...site, expose: { nodePort: {} }, auth: { basic: { generatedUsers: ["anna"] } } },
    {
      ...site,
      expose: { ingress: { className: "nginx", trustedProxies: ["10.0.0.0/8"] } },
      auth: oidc,
    },
  ];
  const found = new Set<string>();
  for (const spec of sites) for (const id of await findings(spec)) found.add(id);
  const docs = fs.readFileSync(path.resolve(__dirname, "../../docs/kubernetes.md"), "utf8");
  const [, chapter = ""] = docs.split("## What kube-score says");
  const answered = [...chapter.matchAll(/^\| `([a-z-]+)`/gm)].map(([, id]) => id);
  expect([...found].sort()).toEqual(answered.sort());
});

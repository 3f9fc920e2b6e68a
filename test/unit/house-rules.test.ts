/** Each rule of `.dependency-cruiser.mjs` on imports that it refuses and on imports that it lets pass. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { exec } from "../../scripts/exec";

const root = path.resolve(__dirname, "../..");

/** Modules and what they import, by rule. A module that is imported, and is none of these, is there and empty. */
const cases: Record<string, { refused: Record<string, string[]>; allowed?: Record<string, string[]> }> = {
  "no-cycles": {
    refused: {
      "scripts/a.ts": ['import { b } from "./b"'],
      "scripts/b.ts": ['import { a } from "./a"'],
      "test/c.ts": ['import { d } from "./d"'],
      // Also where it is for a type.
      "test/d.ts": ['import type { C } from "./c"'],
    },
  },
  "text-is-made-without-pulumi": {
    refused: {
      "components/spec/check.ts": ['import { RunError } from "@pulumi/pulumi"'],
      "components/streamlit/config.ts": ['import * as pulumi from "@pulumi/pulumi"'],
      "components/gateway/oidc/pages.ts": [
        'import type { Input } from "@pulumi/pulumi"',
        'import { output } from "@pulumi/pulumi"',
      ],
    },
    allowed: {
      "components/spec/args.ts": ['import type { Input } from "@pulumi/pulumi"'],
      "components/spec/input.ts": ['import { type Input, type Output } from "@pulumi/pulumi"'],
      "components/shared/passwords.ts": ['import * as pulumi from "@pulumi/pulumi"'],
    },
  },
  "streamlit-depends-on-nothing": {
    refused: { "components/streamlit/streamlit.ts": ['import type { Fault } from "../spec/errors"'] },
    allowed: { "components/streamlit/settings.ts": ['import { port } from "./streamlit"'] },
  },
  "gateway-knows-no-target": {
    refused: {
      "components/gateway/nginx.ts": ['import { image } from "../docker/image"'],
      "components/gateway/basic/files.ts": ['import type { Passwords } from "../../shared/passwords"'],
      "components/gateway/ingress.ts": ['import { edge } from "../kubernetes/edge"'],
    },
    allowed: { "components/docker/gateway.ts": ['import { nginx } from "../gateway/nginx"'] },
  },
  "shared-knows-no-target": {
    refused: {
      "components/shared/certificate.ts": ['import { hardened } from "../docker/hardening"'],
      "components/shared/labels.ts": ['import * as docker from "@pulumi/docker"'],
      "components/shared/tags.ts": ['import * as aws from "@pulumi/aws"'],
    },
    allowed: { "components/shared/keys.ts": ['import * as tls from "@pulumi/tls"'] },
  },
  "targets-are-apart": {
    refused: {
      "components/aws/site.ts": ['import { drain } from "../kubernetes/drain"'],
      "stacks/kubernetes/target.ts": ['import { oldBuilds } from "../docker/images"'],
      "stacks/aws/program.ts": ['import { DockerSite } from "../../components/docker/index"'],
    },
    allowed: {
      "components/kubernetes/site.ts": ['import { drain } from "./drain"'],
      "stacks/docker/program.ts": ['import { DockerSite } from "../../components/docker/index"'],
    },
  },
  "offline-is-a-fallback": {
    refused: { "scripts/machine.ts": ['import { prepareEngine } from "../offline/index"'] },
    allowed: {
      "stacks/cli.ts": ['import { prepareEngine } from "../offline/index"'],
      "test/site.ts": ['import { prepareEngine } from "../offline/index"'],
      "offline/index.ts": ['import { parts } from "./parts"'],
    },
  },
  "stand-ins-are-made-of": {
    refused: {
      "offline/providers/tls/main.ts": ['import { prepareEngine } from "../../index"'],
      "offline/providers/docker/main.ts": ['import type { Spec } from "../../../components/spec"'],
    },
    allowed: {
      "offline/providers/random/main.ts": ['import { serve } from "../shared/serve"'],
      "offline/providers/shared/serve.ts": ['import { exec } from "../../../scripts/exec"'],
    },
  },
  "commands-are-made-of": {
    refused: {
      "stacks/site-file.ts": ['import { DockerSite } from "../index"'],
      "offline/cluster/ports.ts": ['import { ports } from "../../test/site"'],
    },
    allowed: {
      "stacks/docker/build.ts": ['import { exec } from "../../scripts/exec"'],
      "offline/cluster/state.ts": ['import { root } from "../../scripts/paths"'],
    },
  },
  "stand-in-of-aws-is-made-of": {
    refused: { "test/aws/plugin/main.ts": ['import { created } from "../outputs"'] },
    allowed: {
      // It is the program's own, by whichever way.
      "test/aws/outputs.ts": ['import type { AppArgs } from "../../components/spec/args"'],
      // No part of it.
      "test/aws/plugin/stack.ts": ['import { prepareEngine } from "../../../offline/index"'],
    },
  },
  "components-stand-alone": {
    refused: {
      "components/docker/image.ts": ['import { exec } from "../../scripts/exec"'],
      "components/docker/files.ts": ['import { progress } from "../../stacks/progress"'],
      "components/docker/network.ts": ['import type { Parts } from "../../test/parts"'],
    },
  },
  "contract-knows-no-target": {
    refused: {
      "test/contract/gateway/paths.ts": ['import { census } from "../docker/census"'],
      "test/contract/sign-ins/basic.ts": ['import Docker from "dockerode"'],
      "test/contract/support/site.ts": ['import { TestSite } from "../../site"'],
      "test/contract/target.ts": ['import type { Runner } from "../oidc/docker"'],
    },
    allowed: { "test/contract/docker/census.ts": ['import Docker from "dockerode"'] },
  },
  "package-root-loads-no-target": {
    refused: { "index.ts": ['export { DockerSite } from "./components/docker/site"'] },
  },
};

interface Violation {
  rule: { name: string };
  from: string;
  /** The rest of the way round, where that is what is wrong; it is told once, from one of its modules. */
  cycle?: { name: string }[];
}

interface Result {
  summary: { violations: Violation[]; ruleSetUsed: { forbidden: { name: string }[] } };
}

/** What dependency-cruiser says of these modules. */
async function cruise(modules: Record<string, string[]>): Promise<Result["summary"]> {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "house-rules-")));
  const write = (file: string, content: string): void => {
    fs.mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
    fs.writeFileSync(path.join(folder, file), content);
  };
  try {
    for (const name of ["@pulumi/aws", "@pulumi/pulumi", "@pulumi/docker", "@pulumi/tls", "dockerode"])
      write(`node_modules/${name}/index.js`, "");
    fs.copyFileSync(path.join(root, "tsconfig.json"), path.join(folder, "tsconfig.json"));
    for (const [file, imports] of Object.entries(modules)) {
      write(file, `${imports.join(";\n")};\n`);
      for (const imported of imports) {
        const [, name = ""] = /from "(\..*)"/.exec(imported) ?? [];
        const other = path.join(path.dirname(file), `${name}.ts`);
        if (name !== "" && !(other in modules)) write(other, "export {};\n");
      }
    }
    const { stdout } = await exec(
      path.join(root, "node_modules/.bin/depcruise"),
      [
        "--config",
        path.join(root, ".dependency-cruiser.mjs"),
        "--output-type",
        "json",
        ...fs.readdirSync(folder).filter((name) => !/^(node_modules|tsconfig\.json)$/.test(name)),
      ],
      { cwd: folder },
    );
    return (JSON.parse(stdout) as Result).summary;
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

let found: Result["summary"];
beforeAll(async () => {
  const modules = Object.values(cases).map(({ refused, allowed }) => ({ ...refused, ...allowed }));
  found = await cruise(Object.assign({}, ...modules) as Record<string, string[]>);
}, 60_000);

test("every rule has a case here", () => {
  expect(found.ruleSetUsed.forbidden.map(({ name }) => name).sort()).toEqual(Object.keys(cases).sort());
});

test.each(Object.entries(cases))("%s", (rule, { refused }) => {
  const modules = found.violations
    .filter((violation) => violation.rule.name === rule)
    .flatMap(({ from, cycle = [] }) => [from, ...cycle.map(({ name }) => name)]);
  expect([...new Set(modules)].sort()).toEqual(Object.keys(refused).sort());
});

test("what is no rule's business is refused by none", () => {
  const allowed = Object.values(cases).flatMap(({ allowed = {} }) => Object.keys(allowed));
  expect(allowed.length).toBeGreaterThan(9);
  expect(found.violations.filter(({ from }) => allowed.includes(from))).toEqual([]);
});

/**
 * `npm run up` of which something is killed by `kill -9`, twenty times, in every phase of a first and of a second `up`: the next
 * `up` and `down` succeed, and nothing is left, no process either.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { ContainerInspectInfo } from "dockerode";
import type { SiteArgs } from "../../../components/spec/args";
import { defaultImages } from "../../../components/spec/defaults";
import { prepareEngine } from "../../../offline";
import { partName } from "../../../stacks/docker/containers";
import { appsFolder } from "../support/apps";
import { Checkout, type Started } from "./checkout";
import { census, type Census, containersOf, docker } from "./docker";
import { descendants, type Process } from "./processes";
import { ports } from "./target";

jest.setTimeout(300_000);

const project = "contract-killed";
const nothing: Census = { containers: 0, networks: 0, volumes: 0, images: 0 };

/** What is there while an `up` runs. */
interface Moment {
  census: Census;
  containers: ContainerInspectInfo[];
  /** What the command has started. */
  processes: Process[];
  /** The id of the app's image. */
  image: string | undefined;
}

/** Has a phase begun? `before` is the moment at which `up` was started. */
type Begun = (now: Moment, before: Moment) => boolean;

/** Whom a kill hits. */
type Victim = "whole command" | "engine" | "plugin";

/** What only carries files has the label of its part, too, and is never started. */
const started = ({ containers }: Moment, part: string): ContainerInspectInfo[] =>
  containers.filter(({ State, Config }) => State.Status !== "created" && partName(Config.Labels) === part);

const plugins = ({ processes }: Moment): Process[] =>
  processes.filter(({ command }) => /pulumi-resource-|\/start\.mjs\0/.test(command));

const engine = ({ processes }: Moment): Process[] =>
  processes.filter(({ command }) => /(^|\/)pulumi\0/.test(command));

/** Is none of the containers that a part had there any more? */
const replaced = (now: Moment, before: Moment, part: string): boolean => {
  const old = started(before, part).map(({ Id }) => Id);
  return started(now, part).every(({ Id }) => !old.includes(Id));
};

describe("up, killed", () => {
  let checkout: Checkout;
  let version = 0;
  const app = (): string => path.join(checkout.folder, "app");
  const site = (): SiteArgs => ({
    host: "localhost",
    ports,
    apps: {
      versions: {
        source: app(),
        environment: { VERSION: String(version) },
        drainTimeout: "3s",
      },
      // With another title the gateway gets other pages.
      other: {
        source: app(),
        environment: { VERSION: "0" },
        title: `Other ${String(version)}`,
        drainTimeout: "0s",
      },
    },
    auth: { basic: { generatedUsers: ["demo"] } },
  });
  const change = (): void => {
    version += 1;
    fs.writeFileSync(path.join(app(), "version"), String(version));
    checkout.configure(site());
  };

  beforeAll(async () => {
    const { images } = await prepareEngine({ log: () => undefined, officialImages: defaultImages });
    checkout = new Checkout(project);
    fs.cpSync(path.join(appsFolder, "versions"), app(), { recursive: true });
    fs.writeFileSync(
      path.join(app(), "Dockerfile"),
      `FROM ${images?.python ?? defaultImages.python}
WORKDIR /app
COPY . .
# Long enough to be killed in.
RUN sleep 3
USER 10001:10001
CMD ["python3", "-u", "versions.py"]
`,
    );
    change();
  });
  afterAll(() => checkout.remove());

  const look = async (up?: Started): Promise<Moment> => ({
    census: await census(project),
    // One that goes meanwhile cannot be looked at.
    containers: await containersOf(project).catch(() => []),
    processes: up?.child.pid === undefined ? [] : descendants(up.child.pid),
    image: await docker
      .getImage(`${project}/test-site-versions`)
      .inspect()
      .then(
        ({ Id }) => Id,
        () => undefined,
      ),
  });

  /** Kill in the phase that begins when `begun` is true; a moment later, which differs from run to run. */
  const upKilled = async (victim: Victim, begun: Begun): Promise<void> => {
    const before = await look();
    const up = checkout.start("up");
    while (!begun(await look(up), before)) {
      if (up.child.exitCode !== null || up.child.signalCode !== null)
        throw new Error(`up had ended before that phase:\n${(await up.end).output}`);
      await delay(20);
    }
    await delay(Math.floor(Math.random() * 400));
    const now = await look(up);
    const hit = { "whole command": [], engine: engine(now), plugin: plugins(now).slice(0, 1) }[victim];
    try {
      // Before the engine has started there is nobody else to be killed.
      if (hit.length === 0) process.kill(-(up.child.pid ?? 0), "SIGKILL");
      for (const { pid } of hit) process.kill(pid, "SIGKILL");
    } catch (error) {
      // It has ended by itself in that moment.
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
    await up.end;
  };

  const noProcessIsLeft = async (): Promise<void> => {
    const until = Date.now() + 60_000;
    for (;;) {
      const left = checkout.processes();
      if (left.length === 0) return;
      if (Date.now() > until) throw new Error(`still there after a minute:\n${left.join("\n")}`);
      await delay(100);
    }
  };

  const answers = async (): Promise<void> => {
    const health = await fetch(`http://${ports.address}:${String(ports.http)}/healthz`);
    expect(await health.text()).toBe("ok\n");
  };

  const gone = async (): Promise<void> => {
    await noProcessIsLeft();
    expect(await census(project)).toEqual(nothing);
  };

  describe("the first time", () => {
    test.each<[string, Victim, "up" | "down", Begun]>([
      ["while it sets up", "whole command", "up", () => true],
      ["when the engine begins", "engine", "down", (now) => engine(now).length > 0],
      ["at the networks", "whole command", "up", ({ census }) => census.networks > 0],
      ["at the volumes", "plugin", "down", ({ census }) => census.volumes > 0],
      [
        "while the image is built",
        "engine",
        "up",
        ({ census }) => census.networks > 1 && census.images === 0,
      ],
      ["once the image is built", "whole command", "down", ({ census }) => census.images > 0],
      ["at the first containers", "plugin", "up", ({ census }) => census.containers > 0],
      ["while an app starts", "whole command", "down", (now) => started(now, "versions").length > 0],
      ["while the gateway starts", "engine", "up", (now) => started(now, "gateway").length > 0],
      ["at the drain guard", "whole command", "down", (now) => started(now, "versions.drain").length > 0],
    ])(
      "%s, %s: the next %s goes through, and nothing is left in the end",
      async (_phase, victim, next, begun) => {
        // A build of what was built before takes no time to be killed in.
        change();
        await upKilled(victim, begun);
        if (next === "up") {
          expect(await checkout.run("up")).toContain(`https://localhost:${String(ports.https)}`);
          await answers();
        }
        await checkout.run("down");
        await gone();
      },
    );
  });

  describe("the second time", () => {
    beforeAll(() => checkout.run("up"));

    test.each<[string, Victim, Begun]>([
      ["while it sets up", "whole command", () => true],
      ["when the engine begins", "whole command", (now) => engine(now).length > 0],
      ["while the image is built", "plugin", (now) => plugins(now).length > 2],
      ["once the image is built", "engine", ({ image }, before) => image !== before.image],
      ["while the new app starts", "whole command", (now) => started(now, "versions").length > 1],
      ["when the old gateway goes", "engine", (now, before) => replaced(now, before, "gateway")],
      [
        "while the new gateway starts",
        "plugin",
        (now, before) => replaced(now, before, "gateway") && started(now, "gateway").length > 0,
      ],
      ["at the new drain guard", "whole command", (now) => started(now, "versions.drain").length > 1],
      ["while the old app drains", "engine", (now, before) => replaced(now, before, "versions.drain")],
      ["at the end", "whole command", (now, before) => replaced(now, before, "versions")],
    ])("%s, %s: the next up goes through", async (_phase, victim, begun) => {
      change();
      await upKilled(victim, begun);
      expect(await checkout.run("up")).toContain(`https://localhost:${String(ports.https)}`);
      await answers();
      await noProcessIsLeft();
      const now = await look();
      const parts = ["gateway", "versions", "versions.drain", "other"];
      expect(parts.map((part) => started(now, part).length)).toEqual([1, 1, 1, 1]);
      const [current] = started(now, "versions");
      expect(current?.Config.Env).toContain(`VERSION=${String(version)}`);
    });

    test("down leaves nothing", async () => {
      await checkout.run("down");
      await gone();
    });
  });
});

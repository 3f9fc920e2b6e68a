/** Imports what the package has for Docker and builds a Docker site, then prints the packages of Pulumi that this has loaded. */
import { DockerSite } from "../../components/docker";
import { run } from "./mocks";

const loaded = (): string[] => {
  const names = Object.keys(require.cache).map(
    (file) => /\/node_modules\/(@pulumi\/[^/]+)\//.exec(file)?.[1],
  );
  return [...new Set(names)].filter((name) => name !== undefined).sort();
};

void (async () => {
  const { registered } = await run(
    (opts) =>
      new DockerSite(
        "analytics",
        {
          host: "localhost",
          apps: { live: { image: "live" } },
          auth: { basic: { users: { anna: `$2b$11$${"a".repeat(53)}` } } },
        },
        opts,
      ),
  );
  console.log(JSON.stringify({ registered: registered.length, loaded: loaded() }));
})();

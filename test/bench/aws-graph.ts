/**
 * `npm run bench:aws`: how long a program for AWS takes to load and to declare a site, and how many resources one more app adds. Without an
 * engine and without AWS: what is measured is the program alone.
 */
import { performance } from "node:perf_hooks";
import type { SiteArgs } from "../../index";
import { run } from "../unit/mocks";
import { median } from "./statistics";

const image = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/app:1";

function spec(apps: number): SiteArgs {
  return {
    host: "site.example.com",
    apps: Object.fromEntries(Array.from({ length: apps }, (_, index) => [`app-${index + 1}`, { image }])),
    auth: { cognito: {} },
    tls: { acm: { zone: "Z0123456789ABC" } },
  };
}

const rounds = 7;

async function bench(): Promise<void> {
  const before = performance.now();
  const { AwsSite } = await import("../../components/aws");
  const loaded = performance.now() - before;
  console.log(`loading the component with its SDKs: ${(loaded / 1000).toFixed(2)} s`);

  const counts: number[] = [];
  for (const apps of [1, 2, 9, 10]) {
    const times: number[] = [];
    let resources = 0;
    for (let round = 0; round < rounds; round++) {
      const start = performance.now();
      const { registered } = await run((opts) => new AwsSite("site", spec(apps), opts));
      times.push(performance.now() - start);
      resources = registered.length;
    }
    counts.push(resources);
    console.log(
      `a site of ${apps} apps: ${resources} resources in ${(median(times) / 1000).toFixed(2)} s (median of ${rounds})`,
    );
  }
  const [one = 0, two = 0, nine = 0, ten = 0] = counts;
  console.log(`the second app adds ${two - one} resources, the tenth ${ten - nine}`);
}

void bench();

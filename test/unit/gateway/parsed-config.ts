/** A written `nginx.conf`, taken apart by crossplane. */
import { onDocker, type PlatformOf } from "./platforms";
import { wholeConfig } from "./rendered";
import type { SiteArgs } from "../../../components/spec/args";
import { nginxConfig } from "../../../components/gateway/nginx";
import type { GatewayPlatform } from "../../../components/gateway/platform";
import { checkSite } from "../../../components/spec/check";
import type { Site } from "../../../components/spec/site";
import type { Directive, PythonTools } from "../python-tools";

/** A parsed configuration. */
export class ParsedConfig {
  private constructor(
    readonly http: Directive[],
    /** Empty where there is no such block. */
    readonly stream: Directive[],
  ) {}

  /** The configuration of a spec, for Docker unless it is for another platform. */
  static async of(spec: SiteArgs, tools: PythonTools, platformOf = onDocker): Promise<ParsedConfig> {
    const main = await tools.ask("parse nginx", wholeConfig(checkSite(spec, "docker"), platformOf));
    const stream = main.find(({ directive }) => directive === "stream");
    return new ParsedConfig(block(main, "http"), stream?.block ?? []);
  }

  /** The text of a `nginx.conf`. */
  static text(site: Site, platform: GatewayPlatform | PlatformOf): string {
    return nginxConfig(site, typeof platform === "function" ? platform(site) : platform);
  }

  /** The insides of every server. */
  servers(): Directive[][] {
    return this.http.filter(({ directive }) => directive === "server").map(({ block = [] }) => block);
  }

  /** The server that listens on a port or socket and has this name; without a name, the default one. */
  server(port: string, name?: string): Directive[] {
    const found = this.servers().filter(
      (server) =>
        values(server, "listen").some(
          ([listen, ...flags]) =>
            listen === port && flags.includes("default_server") === (name === undefined),
        ) && (values(server, "server_name")[0]?.[0] ?? "") === (name ?? ""),
    );
    expect(found).toHaveLength(1);
    return found[0] ?? [];
  }

  /** The server of the site itself. */
  site(host = "site.example.com"): Directive[] {
    return this.server("8443", host);
  }

  /** The lines of the map that makes a variable. */
  map(result: string): string[][] {
    return block(this.http, "map", ([, name]) => name === result).map(({ directive, args }) => [
      directive,
      ...args,
    ]);
  }
}

/** The inside of the only block of this name, and of these arguments. */
export function block(
  within: Directive[],
  name: string,
  where: (args: string[]) => boolean = () => true,
): Directive[] {
  const found = within.filter(({ directive, args }) => directive === name && where(args));
  expect(found).toHaveLength(1);
  return found[0]?.block ?? [];
}

/** The arguments of each directive of this name. */
export function values(within: Directive[], name: string): string[][] {
  return within.filter(({ directive }) => directive === name).map(({ args }) => args);
}

/** The inside of the location with these arguments. */
export function location(server: Directive[], ...args: string[]): Directive[] {
  return block(server, "location", (found) => found.join(" ") === args.join(" "));
}

/** Which guest list a location asks for before it does anything. */
export function asks(within: Directive[]): string | undefined {
  return values(within, "auth_request")[0]?.[0]?.replace("/_gateway/auth/", "");
}

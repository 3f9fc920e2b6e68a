/** All that the gateway's nginx reads, as far as it follows from the spec. */
import type { Site } from "../spec/site";
import { appCookieScript } from "./app-cookies";
import { fileNames, type NamedFile, publicFile } from "./files";
import { nginxConfig } from "./nginx";
import { gatewayPages } from "./pages";
import type { GatewayPlatform } from "./platform";
import type { SignIn } from "./sign-in";
import { signInOf } from "./sign-in-kinds";
import { upstreams } from "./upstreams";

/**
 * Write the gateway's files, to be mounted at `platform.folders.config`. Those of the certificate and the passwords, whose
 * text is known later, and of the logo (`logoFiles`), which is read from a file, are for the target to add.
 *
 * @param site a checked spec
 * @param platform where the gateway runs
 * @param signIn the site's sign-in. @default that of the key under `site.auth`
 * @returns `nginx.conf`, the pages, what the kind of sign-in brings, and with `platform.upstreamsFile` the upstreams that
 * nginx can start with
 */
export function gatewayFiles(
  site: Site,
  platform: GatewayPlatform,
  signIn: SignIn = signInOf(site, platform),
): NamedFile[] {
  return [
    publicFile(fileNames.nginx, nginxConfig(site, platform, signIn)),
    ...(platform.upstreamsFile === undefined
      ? []
      : [publicFile(fileNames.upstreams, `${upstreams(site, platform)}\n`)]),
    ...gatewayPages(site, signIn.pages),
    appCookieScript(),
    ...signIn.files,
  ];
}

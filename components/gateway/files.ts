/** The files that the renderers write, by the names under which the configuration refers to them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * A file.
 *
 * @typeParam Text the text, or what it will be once it is known: a target has it as a Pulumi `Input<string>`
 */
export interface NamedFile<Text = string> {
  /** The path below the folder that the reader has mounted, for instance `pages/index.html`. */
  name: string;
  text: Text;
  /** Must nobody but its reader see it? It then belongs into a Secret and not into a ConfigMap. */
  secret: boolean;
}

/** A file that anybody may see who may see the site's parts. */
export function publicFile<Text>(name: string, text: Text): NamedFile<Text> {
  return { name, text, secret: false };
}

/** A file that nobody but its reader may see. */
export function secretFile<Text>(name: string, text: Text): NamedFile<Text> {
  return { name, text, secret: true };
}

/**
 * An njs script as it is beside the module that imports it into the configuration.
 *
 * @param folder the module's folder
 * @param name the script's name
 */
export function scriptFile(folder: string, name: string): NamedFile {
  return publicFile(name, readFileSync(join(folder, name), "utf8"));
}

/** The names of the files that other texts refer to. */
export const fileNames = {
  nginx: "nginx.conf",
  upstreams: "upstreams.conf",
  certificate: "tls.crt",
  privateKey: "tls.key",
  pages: "pages",
} as const;

/**
 * The certificate's files, which `nginx.conf` names where it ends TLS.
 *
 * @param certificate the certificate and its chain, leaf first, PEM
 * @param privateKey PEM
 */
export function certificateFiles<Text>(certificate: Text, privateKey: Text): NamedFile<Text>[] {
  return [publicFile(fileNames.certificate, certificate), secretFile(fileNames.privateKey, privateKey)];
}

/** Whether a provided certificate will do. */
import { certificateComplaints, privateKeyComplaints } from "../certificates";
import { type Fault, SiteSpecError } from "../errors";
import { hostNames } from "../hosts";
import { isKnownLater, whenBothKnown, whenKnown } from "../known-later";
import type { Site } from "../site";
import { ownHosts } from "./hosts";
import { asObject, type UncheckedSpec } from "./unchecked";

const at = "tls.provided";

/**
 * The faults of `tls.provided`, as far as it is known.
 *
 * @param spec the spec as it was written
 */
export function* tlsFaults(spec: UncheckedSpec): Generator<Fault> {
  const { site } = spec;
  const { certificate, privateKey } = asObject(asObject(site.tls).provided);
  if (typeof certificate === "string" && typeof site.host === "string")
    yield* certificateFaults(certificate, [site.host, ...ownHosts(spec).map(({ host }) => host)]);
  if (typeof privateKey === "string")
    yield* keyFaults(privateKey, typeof certificate === "string" ? certificate : "");
}

function certificateFaults(certificate: string, hosts: readonly string[]): Fault[] {
  return certificateComplaints(certificate, hosts, new Date()).map((message) => ({
    path: `${at}.certificate`,
    message,
  }));
}

function keyFaults(privateKey: string, certificate: string): Fault[] {
  return privateKeyComplaints(privateKey, certificate).map((message) => ({
    path: `${at}.privateKey`,
    message,
  }));
}

/**
 * The same site, whose provided certificate and key, where they are known only later, are checked when they are: what is
 * wrong is rejected with a {@link SiteSpecError}.
 *
 * @param site a site whose other fields were checked
 */
export function withCheckedCertificate<S extends Pick<Site, "host" | "apps" | "tls">>(site: S): S {
  if (!("provided" in site.tls)) return site;
  const { certificate, privateKey } = site.tls.provided;
  if (!isKnownLater(certificate) && !isKnownLater(privateKey)) return site;
  const refuse = (faults: Fault[]): void => {
    if (faults.length > 0) throw new SiteSpecError(faults);
  };
  // With both known later, whether they belong together is said of the key, which is secret in any case.
  return {
    ...site,
    tls: {
      provided: {
        certificate: (isKnownLater(certificate)
          ? whenKnown(certificate, (text) => {
              refuse([
                ...certificateFaults(text as string, hostNames(site)),
                ...(isKnownLater(privateKey) ? [] : keyFaults(privateKey, text as string)),
              ]);
            })
          : certificate) as typeof certificate,
        privateKey: (isKnownLater(privateKey)
          ? whenBothKnown(privateKey, certificate, (key, text) => {
              refuse(keyFaults(key as string, text as string));
            })
          : privateKey) as typeof privateKey,
      },
    },
  };
}

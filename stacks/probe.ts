/** Does the site answer where it is published? */
import type { X509Certificate } from "node:crypto";
import * as http from "node:http";
import * as net from "node:net";
import * as tls from "node:tls";
import type { Endpoint } from "./target";

/** A certificate that is served. */
export interface CertificateStatus {
  /** Its last moment, ISO 8601. */
  until: string;
  /** Who signed it, as the certificate says. */
  issuer: string;
}

/** What an endpoint answered. */
export interface Answer {
  /** Why there was no answer; absent when there was one. */
  error?: string;
  /** The certificate that is served for the host; absent with plain http, and when another host is served. */
  certificate?: CertificateStatus;
}

/** Seconds that an answer is waited for. */
const patience = 5;

/**
 * Ask an endpoint for a sign of life: any HTTP answer, a certificate, or a refusal to serve this host.
 *
 * @param endpoint where to ask
 * @param host the host that the certificate is asked for
 */
export function probe(endpoint: Endpoint, host: string): Promise<Answer> {
  return endpoint.protocol === "https" ? probeTls(endpoint, host) : probeHttp(endpoint);
}

function probeTls({ address, port }: Endpoint, host: string): Promise<Answer> {
  return new Promise((resolve) => {
    const socket = tls.connect({
      host: address,
      port,
      // Who it is does not matter: what it serves is to be shown.
      rejectUnauthorized: false,
      ...(host !== "" && net.isIP(host) === 0 && { servername: host }),
    });
    const end = (answer: Answer): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(patience * 1000, () => end({ error: `no answer within ${patience} s` }));
    socket.once("error", (error: NodeJS.ErrnoException) =>
      // An alert of the protocol is an answer: the gateway serves another host.
      end(isAlert(error) ? {} : { error: error.code ?? error.message }),
    );
    socket.once("secureConnect", () => {
      const certificate = socket.getPeerX509Certificate();
      end(certificate ? { certificate: describe(certificate) } : {});
    });
  });
}

function isAlert({ code = "" }: NodeJS.ErrnoException): boolean {
  return code.startsWith("ERR_SSL_") && code.includes("ALERT");
}

function describe({ validTo, issuer }: X509Certificate): CertificateStatus {
  return { until: new Date(validTo).toISOString(), issuer: issuer.replaceAll("\n", ", ") };
}

function probeHttp({ address: host, port }: Endpoint): Promise<Answer> {
  return new Promise((resolve) => {
    const request = http.get({ host, port, path: "/healthz", agent: false, timeout: patience * 1000 });
    request.once("response", (response) => {
      response.destroy();
      resolve({});
    });
    request.once("timeout", () => request.destroy(new Error(`no answer within ${patience} s`)));
    request.once("error", (error: NodeJS.ErrnoException) => resolve({ error: error.code ?? error.message }));
  });
}

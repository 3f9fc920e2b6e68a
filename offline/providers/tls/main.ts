import "../../../scripts/lazy-modules";

import { version } from "@pulumi/tls/package.json";

import { serve } from "../shared/serve";
import { certRequest } from "./cert-request";
import { locallySignedCert } from "./locally-signed-cert";
import { privateKey } from "./private-key";
import schema from "./schema.json";
import { selfSignedCert } from "./self-signed-cert";

void serve(version, schema, [certRequest, locallySignedCert, privateKey, selfSignedCert]);

import "../../../scripts/lazy-modules";

import { version } from "@pulumi/random/package.json";

import { serve } from "../shared/serve";
import { randomBytes } from "./random-bytes";
import { randomId } from "./random-id";
import { randomPassword } from "./random-password";
import schema from "./schema.json";

void serve(version, schema, [randomBytes, randomId, randomPassword]);

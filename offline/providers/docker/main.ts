import "../../../scripts/lazy-modules";

import { version } from "@pulumi/docker/package.json";

import { serve } from "../shared/serve";
import { container } from "./container";
import { image } from "./image";
import { network } from "./network";
import { remoteImage } from "./remote-image";
import schema from "./schema.json";
import { volume } from "./volume";

void serve(version, schema, [container, image, network, remoteImage, volume]);

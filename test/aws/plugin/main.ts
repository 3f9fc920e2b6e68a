/** The plugin's process. */
import "../../../scripts/lazy-modules";

import { main } from "@pulumi/pulumi/provider";
import { packageVersion } from "../schema";
import { AwsStandIn } from "./provider";
import { Store } from "./store";

const { AWS_STAND_IN_FOLDER: folder, AWS_REGION: region } = process.env;
if (folder === undefined) throw new Error("AWS_STAND_IN_FOLDER does not say where the resources are kept");
void main(new AwsStandIn(packageVersion("aws"), new Store(folder), region), process.argv.slice(2));

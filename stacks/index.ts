/** What `pulumi up` runs (`main` in Pulumi.yaml); `npm run up` runs the same program through `cli.ts`. */
import { dockerStack } from "./docker/program";

export const { url, apps, caCertificate, passwords } = dockerStack();

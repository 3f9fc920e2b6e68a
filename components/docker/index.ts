/**
 * Sites of Streamlit apps on one machine with Docker: `pulumi-streamlit-site/docker`.
 *
 * @packageDocumentation
 */
export type { SiteArgs } from "../spec/args";
export { DockerSite } from "./site";

/**
 * Put Streamlit apps on a network safely: one spec, a component per target.
 *
 * @packageDocumentation
 */
export { DockerSite } from "./components/docker/site";
export { type Fault, SiteSpecError } from "./components/errors";
export * from "./components/site";
export { type App, type BasicAuth, checkSite, type Site } from "./components/site-check";

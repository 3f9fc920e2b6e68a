/**
 * Sites of Streamlit apps on Kubernetes: `pulumi-streamlit-site/kubernetes`.
 *
 * @packageDocumentation
 */
export type { SiteArgs } from "../spec/args";
export { KubernetesSite } from "./site";

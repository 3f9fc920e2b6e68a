/** What surrounds the cluster of this machine, replaced. To be imported before what uses it. */
jest.mock("../../../../offline");
jest.mock("../../../../offline/cluster");
jest.mock("../../../../offline/cluster/images");
jest.mock("../../../../scripts/machine");

/** The gateway contract (see the topics), held against one site of real containers. */
import { assets } from "./gateway/assets";
import { changes } from "./gateway/changes";
import { guestLists } from "./gateway/guest-lists";
import { hosts } from "./gateway/hosts";
import { identity } from "./gateway/identity";
import { isolation } from "./gateway/isolation";
import { paths } from "./gateway/paths";
import { secrets } from "./gateway/secrets";
import { signIn } from "./gateway/sign-in";
import { Silence } from "./gateway/silence";
import { transport } from "./gateway/tls";
import { uploads } from "./gateway/uploads";
import { websocket } from "./gateway/websocket";
import { ContractSite } from "./support/site";

jest.setTimeout(60_000);

const contract = new ContractSite();
let silence: Silence;

beforeAll(async () => {
  await contract.up();
  silence = await Silence.begin(contract);
}, 240_000);
afterAll(() => contract.down(), 120_000);

describe("sign-in", () => {
  signIn(contract);
});
describe("websocket", () => {
  websocket(contract);
});
describe("identity", () => {
  identity(contract);
});
describe("guest lists", () => {
  guestLists(contract);
});
describe("TLS", () => {
  transport(contract);
});
describe("host names", () => {
  hosts(contract);
});
describe("paths", () => {
  paths(contract);
});
describe("uploads", () => {
  uploads(contract);
});
describe("assets and log", () => {
  assets(contract);
});
describe("isolation", () => {
  isolation(contract);
});
describe("secrets", () => {
  secrets(contract);
});
describe("at last", () => {
  test("a websocket on which nothing is said outlives nginx's default limit", () => silence.end());
});
describe("changes", () => {
  changes(contract);
});

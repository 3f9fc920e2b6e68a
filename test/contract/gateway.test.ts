/** The gateway contract (see the topics), held against one site of real containers. */
import { ContractSite } from "./support/site";
import { signIn } from "./gateway/sign-in";

jest.setTimeout(60_000);

const contract = new ContractSite();
beforeAll(() => contract.up(), 240_000);
afterAll(() => contract.down(), 120_000);

describe("sign-in", () => signIn(contract));

/** The gateway contract with `auth.basic`, held against one site of real containers. */
import { changes } from "./gateway/changes";
import { contract } from "./gateway/contract";
import { signIn } from "./gateway/sign-in";
import { BasicContract } from "./support/site";

jest.setTimeout(60_000);

contract(new BasicContract(), signIn, changes);

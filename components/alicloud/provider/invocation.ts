import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { ManagedResource } from "../../provider/resource";
import { make, prepare } from "./calls";
import type { Functions } from "./functions";
import type { Account, InvocationInputs, InvocationOutputs } from "./inputs";

/** Whether `up` has to call again: for what else is different, what is recorded is enough. */
export function callsAgain(before: InvocationInputs, news: InvocationInputs): boolean {
  if (news.on.up === undefined) return false;
  const asked = ({ account: { region }, on: { up }, triggers }: InvocationInputs) => [
    region,
    up?.functionName,
    up?.event,
    triggers,
  ];
  return !isDeepStrictEqual(asked(before), asked(news));
}

/** A function that is called as part of `up` or of `destroy`. */
export const invocationOf = (
  connect: (account: Account) => Promise<Functions>,
): ManagedResource<InvocationInputs, InvocationOutputs> => ({
  secrets: [],

  async create({ account, on }, progress) {
    const tasks = `t${randomBytes(4).toString("hex")}`;
    if (on.destroy?.asTask) await prepare(on.destroy, await connect(account));
    if (on.up) await make(on.up, await connect(account), tasks, progress);
    return { id: tasks, outputs: { tasks } };
  },

  // What a function did is its own to keep right.
  async drift() {
    return [];
  },

  async update(state, news, progress) {
    const { destroy } = news.on;
    if (destroy?.asTask && !isDeepStrictEqual(destroy, state.on.destroy)) {
      await prepare(destroy, await connect(news.account));
    }
    if (news.on.up && callsAgain(state, news)) {
      await make(news.on.up, await connect(news.account), state.tasks, progress);
    }
    return { tasks: state.tasks };
  },

  async delete({ account, on, tasks }, progress) {
    if (on.destroy) await make(on.destroy, await connect(account), tasks, progress);
  },
});

import type { Place } from "../place";
import { askPatroni, clusterView, leaderOf } from "./patroni";
import { waitFor } from "./wait";

/** Hands the primary's role over, to one of `candidates`. */
export async function switchover(
  place: Place,
  leader: string,
  members: readonly string[],
  candidates: readonly string[],
): Promise<void> {
  await waitFor(
    async () => {
      const view = await clusterView(place, members);
      const now = leaderOf(view);
      if (now !== undefined && now !== leader) return true;
      const standby = view?.find((one) => candidates.includes(one.name) && one.role === "sync_standby");
      const other = standby ?? view?.find((one) => candidates.includes(one.name) && one.state === "streaming");
      if (!other) return false;
      const answer = await askPatroni(place, leader, "POST", "/switchover", { leader, candidate: other.name });
      return answer.status === 200;
    },
    { timeout: 60_000, interval: 500, what: `a switchover away from ${leader}` },
  );
}

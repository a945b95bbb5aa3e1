import { recoveryWindow } from "../backup/alicloud";
import { EXIT, OperationError } from "../cli/exit";
import type { Context } from "../cli/operation";
import type { Result } from "../cli/out";
import { type Alicloud, alicloud, serviceFailed } from "../cloud/rds";
import { cloudObstacles, requireNone, untilMade } from "./cloud";
import type { RestoreOptions } from "./command";
import { describeTarget, type Target } from "./target";

const NAME = /^(?!https?:)[A-Za-z][\w-]{1,254}$/;
const NAME_ALLOWED = "2 to 255 letters, digits, _ and -, a letter first";

/** "2026-11-22T19:15:00Z" */
const second = (at: string): string => `${at.slice(0, 19)}Z`;

/** Clones the instance as of then: a new instance of the same class in the same network, paid by the hour. */
export async function restore(
  context: Pick<Context<RestoreOptions>, "stack" | "options" | "report" | "signal">,
  target: Target,
  service?: Alicloud,
): Promise<Result> {
  const { stack, options, report, signal } = context;
  const { api, client } = service ?? (await alicloud(stack));
  const DBInstanceId = stack.cluster.id;
  const range = await recoveryWindow({ api, client }, DBInstanceId);
  requireNone(cloudObstacles(options, target, range, NAME, NAME_ALLOWED));
  const name = options.beside ?? "";
  const what = describeTarget(target);
  if (options.dryRun)
    return { data: { name, target: what }, text: `Would clone ${DBInstanceId} as of ${what}, named ${name}.` };
  const attributeOf = async (id: string) => {
    const { body } = await client.describeDBInstanceAttribute(
      new api.DescribeDBInstanceAttributeRequest({ DBInstanceId: id }),
    );
    return body?.items?.DBInstanceAttribute?.[0];
  };
  const [made] = await report.all([
    {
      title: `cloning ${DBInstanceId} as of ${what}`,
      async run(progress) {
        const source = await attributeOf(DBInstanceId);
        // The same token is the same clone: an interrupted run's is taken up, not made twice.
        const { body } = await client.cloneDBInstance(
          new api.CloneDBInstanceRequest({
            DBInstanceId,
            payType: "Postpaid",
            clientToken: `${DBInstanceId}-${name}`.slice(0, 64),
            DBInstanceDescription: name,
            restoreTime: second(target.type === "time" ? target.at : (range.latest ?? "")),
            ...given("regionId", source?.regionId),
            ...given("zoneId", source?.zoneId),
            ...given("DBInstanceClass", source?.DBInstanceClass),
            ...given("DBInstanceStorage", source?.DBInstanceStorage),
            ...given("DBInstanceStorageType", source?.DBInstanceStorageType),
            ...given("VPCId", source?.vpcId),
            ...given("vSwitchId", source?.vSwitchId),
            instanceNetworkType: "VPC",
          }),
        );
        const id = body?.DBInstanceId ?? "";
        return untilMade(async () => {
          const found = await attributeOf(id);
          const state = found?.DBInstanceStatus ?? "asked for";
          if (state === "Running") return { id, host: found?.connectionString, port: Number(found?.port) };
          if (/Fail|Error|Deleting|Released/i.test(state)) throw serviceFailed(id, state);
          progress(state);
          return undefined;
        }, signal).catch((error: unknown) => {
          if (!signal.aborted) throw error;
          throw new OperationError(EXIT.unfinished, `${id} is being made; the same command again waits for it.`);
        });
      },
    },
  ]);
  return {
    data: { name, target: what, ...made },
    text: [
      `${made?.id} (${name}) is there: ${made?.host}:${made?.port}, as of ${what}; the password is that of then.`,
      "It lets nobody in until its whitelist names them. docs/alicloud.md tells how a stack takes it up; else release it when it has served.",
    ].join("\n"),
  };
}

const given = <Name extends string, Value>(name: Name, value: Value | undefined) =>
  (value === undefined ? {} : { [name]: value }) as { [key in Name]?: Value };

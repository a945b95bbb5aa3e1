import { describe, expect, it } from "vitest";
import { members } from "./support/members";
import { resolved } from "./support/registered";

const PROXY = "alicloud:rds/rdsDbProxy:RdsDbProxy";

describe("the ways in", () => {
  it("are the instances themselves, and each reader by name", async () => {
    const { proxy, instances, made } = await members("prod");
    expect(made.filter(({ type }) => type === PROXY)).toEqual([]);
    expect(proxy.writer).toBe(instances.writer);
    expect(proxy.reader).toBe(instances.readers[0]);
    expect(Object.keys(await resolved(proxy.endpoints))).toEqual(["reader-1", "reader-2"]);
  });

  it("are one where there are no readers, proxy or not", async () => {
    const { proxy, instances, made } = await members("dev", { alicloud: { proxy: true } });
    expect(made.filter(({ type }) => type === PROXY)).toEqual([]);
    expect(proxy.reader).toBe(instances.writer);
    expect(await resolved(proxy.endpoints)).toEqual({});
  });

  it("are one more with the proxy, which leaves a reader alone that lags, and goes before the instances", async () => {
    const { proxy, instances, one } = await members("prod", {
      alicloud: { proxy: true },
      alerts: { thresholds: { replicationLag: { above: "45s" } } },
    });
    const pool = one(PROXY);
    expect(pool.inputs).toMatchObject({
      dbProxyInstanceType: "common",
      dbProxyInstanceNum: 2,
      dbProxyEndpointReadWriteMode: "ReadWrite",
      dbProxyFeatures: "ReadWriteSpliting:1",
      readOnlyInstanceMaxDelayTime: 45,
    });
    expect(pool.inputs).not.toHaveProperty("dbProxySslEnabled");
    expect(pool.after).toEqual(expect.arrayContaining(["license-db-prod-primary", "license-db-prod-reader-2"]));
    expect(Object.keys(await resolved(proxy.endpoints))).toEqual(["reader-1", "reader-2", "proxy"]);
    expect(proxy.writer).toBe(instances.writer);
  });
});

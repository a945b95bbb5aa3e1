import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { expect, it } from "vitest";
import {
  decodeResponse,
  encodeCall,
  type RpcValue,
  SupervisorFault,
} from "../../../components/local/provider/host/supervisorRpc";

// The supervisor speaks Python's xmlrpc: what we write it must read as we meant it, and the other way round.

const python = (program: string, input: unknown): unknown =>
  JSON.parse(
    execFileSync(process.env.PYTHON ?? "python3", ["-c", program], { input: JSON.stringify(input), encoding: "utf8" }),
  );

const words = fc.string({ unit: fc.constantFrom(..."aZ09 -_:./%&<>\"'\\é日]]>"), maxLength: 20 });
const leaf = fc.oneof(words, fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), fc.boolean());
const { value } = fc.letrec<{ value: RpcValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(words, tie("value"), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

it("reads every answer that Python writes", () => {
  const answers = fc.sample(value, 300);
  const program =
    "import json,sys,xmlrpc.client as x; print(json.dumps([x.dumps((v,), methodresponse=True) for v in json.load(sys.stdin)]))";
  const written = python(program, answers) as string[];
  expect(written.map((xml) => decodeResponse("m", xml))).toEqual(answers);
});

it("writes calls that Python reads as they were meant", () => {
  const calls = fc.sample(fc.tuple(words, fc.array(fc.oneof(words, fc.boolean()), { maxLength: 3 })), 300);
  const program =
    "import json,sys,xmlrpc.client as x; print(json.dumps([[m, list(p)] for p, m in map(x.loads, json.load(sys.stdin))]))";
  const written = calls.map(([method, params]) => encodeCall(method, params));
  expect(python(program, written)).toEqual(calls);
});

it("says why the supervisor refuses", () => {
  const xml = python(
    "import json,xmlrpc.client as x; print(json.dumps(x.dumps(x.Fault(10, 'BAD_NAME: guard'), methodresponse=True)))",
    null,
  ) as string;
  const refused = () => decodeResponse("supervisor.signalProcess", xml);
  expect(refused).toThrow(SupervisorFault);
  expect(refused).toThrow("the supervisor refused supervisor.signalProcess: BAD_NAME: guard (10)");
});

it.each(["", "<html/>", "<methodResponse/>", "<methodResponse><params/></methodResponse>"])("refuses %j", (xml) => {
  expect(() => decodeResponse("m", xml)).toThrow();
});
